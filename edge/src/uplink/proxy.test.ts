// Which proxy a URL goes through.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadProxy, proxyFor } from './proxy.ts'

const PROXY = 'http://proxy.lan:3128'
const CASES = [
  { says: 'no variable, no proxy', url: 'https://a.example', variables: {}, proxy: undefined },
  {
    says: 'https goes through HTTPS_PROXY',
    url: 'https://a.example',
    variables: { HTTPS_PROXY: PROXY },
    proxy: 'proxy.lan:3128',
  },
  {
    says: 'lower case wins',
    url: 'https://a.example',
    variables: { https_proxy: 'http://b:1', HTTPS_PROXY: PROXY },
    proxy: 'b:1',
  },
  {
    says: 'http prefers HTTP_PROXY',
    url: 'http://a.example',
    variables: { HTTP_PROXY: 'http://b:1', HTTPS_PROXY: PROXY },
    proxy: 'b:1',
  },
  {
    says: 'http falls back to HTTPS_PROXY',
    url: 'http://a.example',
    variables: { HTTPS_PROXY: PROXY },
    proxy: 'proxy.lan:3128',
  },
  {
    says: 'a proxy without a scheme is http',
    url: 'https://a.example',
    variables: { HTTPS_PROXY: 'proxy.lan:3128' },
    proxy: 'proxy.lan:3128',
  },
  {
    says: 'loopback never',
    url: 'http://127.0.0.1:8098',
    variables: { HTTPS_PROXY: PROXY },
    proxy: undefined,
  },
  {
    says: 'loopback of IPv6 neither',
    url: 'http://[::1]:8098',
    variables: { HTTPS_PROXY: PROXY },
    proxy: undefined,
  },
  {
    says: 'a name covers its subdomains',
    url: 'https://x.a.example',
    variables: { HTTPS_PROXY: PROXY, NO_PROXY: 'b, a.example' },
    proxy: undefined,
  },
  {
    says: 'and nothing that only ends alike',
    url: 'https://xa.example',
    variables: { HTTPS_PROXY: PROXY, NO_PROXY: 'a.example' },
    proxy: 'proxy.lan:3128',
  },
  {
    says: 'a leading dot is the same',
    url: 'https://x.a.example',
    variables: { HTTPS_PROXY: PROXY, NO_PROXY: '.a.example' },
    proxy: undefined,
  },
  {
    says: 'a port must match',
    url: 'https://a.example:8443',
    variables: { HTTPS_PROXY: PROXY, NO_PROXY: 'a.example:443' },
    proxy: 'proxy.lan:3128',
  },
  {
    says: 'the default port is known',
    url: 'https://a.example',
    variables: { HTTPS_PROXY: PROXY, NO_PROXY: 'a.example:443' },
    proxy: undefined,
  },
  {
    says: 'a star excepts all',
    url: 'https://a.example',
    variables: { HTTPS_PROXY: PROXY, no_proxy: '*' },
    proxy: undefined,
  },
]

for (const { says, url, variables, proxy } of CASES)
  test(says, () => assert.equal(proxyFor(new URL(url), variables)?.host, proxy))

test('a proxy that is no URL is named without repeating it', () => {
  for (const value of ['socks5://me:secret@b', 'http://:secret@'])
    assert.throws(
      () => proxyFor(new URL('https://a.example'), { HTTPS_PROXY: value }),
      (error) => {
        assert(error instanceof BadProxy)
        return !error.message.includes('secret')
      },
    )
})
