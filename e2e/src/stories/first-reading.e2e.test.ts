// A stranger starts SecuMon on a machine that has nothing of ours, logs in, and reads this very machine's numbers.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { freePorts, startAllInOne, type AllInOne } from '../all-in-one.ts'
import { ApiClient, type AgentDetail, type Fleet, type SeriesSet } from '../api-client.ts'
import { launchBrowser, openLoggedIn } from '../browser.ts'
import { eventually } from '../eventually.ts'
import { PrivateLink } from '../private-link.ts'

const WINDOW_MS = 60_000
const DATAGRAMS = 500

test(
  'fresh start, login, and this machine on screen, right against /proc',
  { timeout: 240_000 },
  async (t) => {
    const link = await PrivateLink.create('smstory0')
    after(() => link.remove())
    let running: AllInOne | undefined
    const dataDirectory = await temporaryDirectory({ after }, async () => void (await running?.stop()))
    const ports = await freePorts()
    running = await startAllInOne({ dataDirectory, ports, environment: { SECUMON_PERIOD: '5' } })
    t.diagnostic(`address printed after ${(running.startedInMs / 1_000).toFixed(1)} s`)

    const browser = await launchBrowser()
    after(() => browser.close())
    const { page, complaints } = await openLoggedIn(browser, `${running.url}/agents`)
    await page.getByRole('link', { name: hostname() }).first().click()
    await page.getByRole('heading', { name: hostname() }).waitFor()

    const api = await ApiClient.logIn(running.url)
    const [agent] = (await api.get<Fleet>('fleet')).agents
    assert.equal(agent?.name, hostname())
    const series = (query: string) => api.get<SeriesSet>(`agents/${agent.id}/series?${query}`)
    await eventually('the link has had a sample', async () => {
      const { latest } = await api.get<AgentDetail>(`agents/${agent.id}`)
      return latest?.interfaces.some(({ name }) => name === link.name)
    })

    const from = Date.now()
    const before = { counters: link.counters(), cpu: busySeconds() }
    await link.send(DATAGRAMS, 1_000)
    await sleep(WINDOW_MS)
    const after60 = { counters: link.counters(), cpu: busySeconds() }
    const to = Date.now()
    assert.ok(after60.counters.transmitPackets >= before.counters.transmitPackets + DATAGRAMS)
    await eventually('a sample of after the window is visible', async () => {
      const { latest } = await api.get<AgentDetail>(`agents/${agent.id}`)
      return latest !== null && latest.at > to
    })

    for (const [key, field] of [
      ['network.transmit_bytes', 'transmitBytes'],
      ['network.transmit_packets', 'transmitPackets'],
      ['network.receive_bytes', 'receiveBytes'],
    ] as const) {
      const sums = await series(
        `keys=${key}&aggregation=sum&dimension=${link.name}&step=5000&from=${from}&to=${to + 10_000}`,
      )
      const total = (sums.series[0]?.values ?? []).reduce<number>((sum, value) => sum + (value ?? 0), 0)
      assert.equal(total, after60.counters[field] - before.counters[field], `${key} is exact`)
    }

    const cpu = await series(`keys=cpu.usage_percent&from=${from + 5_000}&to=${to}&step=5000`)
    const values = (cpu.series[0]?.values ?? []).filter((value) => value !== null)
    const seen = values.reduce((sum, value) => sum + value, 0) / values.length
    const measured = (100 * (after60.cpu.busy - before.cpu.busy)) / (after60.cpu.total - before.cpu.total)
    assert.ok(
      Math.abs(seen - measured) <= 10,
      `CPU ${seen.toFixed(1)} % on record, ${measured.toFixed(1)} % by /proc`,
    )

    const shown = async (title: string) => {
      const card = page.locator('dl .card', {
        has: page.locator('dt', { hasText: new RegExp(`^${title}$`) }),
      })
      return Number.parseFloat((await card.locator('strong').textContent()) ?? '')
    }
    const memory = await shown('Memory')
    assert.ok(
      Math.abs(memory - memoryPercent()) <= 2,
      `memory ${memory} % on screen, ${memoryPercent().toFixed(1)} % by /proc`,
    )
    assert.ok((await shown('CPU')) >= 0 && (await shown('Processes')) > 1)
    await page.getByRole('link', { name: 'Logs', exact: true }).first().click()
    const line = page.getByRole('row').filter({ hasText: hostname() }).first()
    await line.click()
    await page
      .getByRole('complementary', { name: 'Line', exact: true })
      .getByRole('listitem')
      .first()
      .waitFor()
    assert.deepEqual(complaints, [], 'the page complained')

    const stopMs = await running.stop()
    assert.ok(stopMs <= 5_000, `stopped in ${stopMs} ms`)
    running = await startAllInOne({ dataDirectory, ports })
    t.diagnostic(
      `stopped in ${(stopMs / 1_000).toFixed(1)} s, second start ${(running.startedInMs / 1_000).toFixed(1)} s`,
    )
    const again = await ApiClient.logIn(running.url)
    const fleet = await again.get<Fleet>('fleet')
    assert.deepEqual([fleet.total, fleet.agents[0]?.id], [1, agent.id], 'the second start reuses everything')
    const kept = await again.get<SeriesSet>(
      `agents/${agent.id}/series?keys=cpu.usage_percent&from=${from}&to=${to}&step=5000`,
    )
    assert.ok(
      kept.series[0]?.values.some((value) => value !== null),
      'what was measured before is still there',
    )
  },
)

type CpuTime = { readonly busy: number; readonly total: number }

function busySeconds(): CpuTime {
  const fields =
    readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.split(/\s+/).slice(1, 9).map(Number) ?? []
  const total = fields.reduce((sum, value) => sum + value, 0)
  return { busy: total - (fields[3] ?? 0) - (fields[4] ?? 0), total }
}

function memoryPercent(): number {
  const text = readFileSync('/proc/meminfo', 'utf8')
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1])
  return 100 * (1 - kilobytes('MemAvailable') / kilobytes('MemTotal'))
}
