// Reads the few XML answers of an S3-compatible store that we ask for. Not a parser of XML: these documents have a fixed
// form without attributes that matter, and element names we look for do not nest in themselves.

export type ListPage = {
  readonly objects: readonly { readonly key: string; readonly sizeBytes: number }[]
  /** Asks for the next page; absent on the last one. */
  readonly next?: string
}

/** @throws RangeError when it is no ListBucketResult */
export function readListPage(xml: string): ListPage {
  if (!xml.includes('<ListBucketResult')) throw new RangeError(`not a list of objects: ${xml.slice(0, 80)}`)
  const objects = elements(xml, 'Contents').map((content) => ({
    key: element(content, 'Key') ?? '',
    sizeBytes: Number(element(content, 'Size') ?? Number.NaN),
  }))
  const next = element(xml, 'NextContinuationToken')
  return element(xml, 'IsTruncated') === 'true' && next !== undefined ? { objects, next } : { objects }
}

/** Code and message of an error document; empty when it is none. */
export const readError = (xml: string): { code: string; message: string } => ({
  code: element(xml, 'Code') ?? '',
  message: element(xml, 'Message') ?? '',
})

const elements = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'))].map(([, inner = '']) => inner)

const element = (xml: string, name: string): string | undefined => {
  const text = new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(xml)?.[1]
  return text === undefined ? undefined : unescape(text)
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const unescape = (text: string): string =>
  text.replaceAll(
    /&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/gi,
    (_, hex?: string, decimal?: string, name?: string) =>
      name === undefined
        ? String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
        : (NAMED[name] ?? ''),
  )
