// The API described for people: one page made from the OpenAPI document, without scripts, readable offline.

import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

/** What of an OpenAPI 3.1 document the page shows. */
export type ApiDocument = {
  readonly info: {
    readonly title: string
    readonly version: string
    readonly description?: string | undefined
  }
  readonly paths?: Readonly<Record<string, object>> | undefined
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> | undefined } | undefined
}

type Operation = {
  readonly summary?: string
  readonly description?: string
  readonly security?: readonly unknown[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Content
  readonly responses?: Readonly<Record<string, Content & { readonly description?: string }>>
}
type Parameter = {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: JsonSchema
}
type Content = { readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>> }
type JsonSchema = {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly items?: JsonSchema
  readonly description?: string
  readonly default?: unknown
}

const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete'])

/** Renders the whole page. */
export function docsPage(document: ApiDocument): Markup {
  const { title, version, description } = document.info
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => METHODS.has(method))
      .map(([method, operation]: [string, Operation]) => section(method, path, operation)),
  )
  const schemas = Object.entries(document.components?.schemas ?? {}).map(([name, schema]) =>
    shape(name, schema),
  )
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title} ${version}</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <h1>${title} <small>${version}</small></h1>
        <p>${description ?? ''}</p>
        <p>The same for programs: <a href="/api/v1/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
        ${operations}
        <h2>Shapes</h2>
        ${schemas}
      </body>
    </html>`
}

const section = (method: string, path: string, operation: Operation): Markup => html`
  <section>
    <h3><code>${method.toUpperCase()} ${path}</code> ${operation.summary ?? ''}</h3>
    <p>${operation.description ?? ''} ${operation.security ? '' : 'No login needed.'}</p>
    ${parameters(operation.parameters ?? [])}
    ${operation.requestBody ? html`<p>Body: ${content(operation.requestBody)}</p>` : ''}
    <table>
      ${Object.entries(operation.responses ?? {}).map(
        ([status, response]) =>
          html`<tr>
            <th>${status}</th>
            <td>${content(response)}</td>
            <td>${response.description ?? ''}</td>
          </tr>`,
      )}
    </table>
  </section>
`

const parameters = (list: readonly Parameter[]): Markup | string =>
  list.length === 0
    ? ''
    : html`<table>
        ${list.map(
          ({ name, required, description, schema, in: place }) =>
            html`<tr>
              <th><code>${name}</code></th>
              <td>${place}${required ? ', required' : ''}</td>
              <td>
                ${typeName(schema)}${schema?.default === undefined ? '' : ` = ${JSON.stringify(schema.default)}`}
              </td>
              <td>${description ?? schema?.description ?? ''}</td>
            </tr>`,
        )}
      </table>`

const content = (of: Content): (Markup | string)[] =>
  Object.entries(of.content ?? {}).map(([type, { schema }]) =>
    type === 'application/json' ? typeName(schema) : html`<code>${type}</code>`,
  )

function typeName(schema: JsonSchema | undefined): Markup | string {
  const name = schema?.$ref?.split('/').at(-1)
  if (name !== undefined) return html`<a href="#${name}">${name}</a>`
  if (schema?.items) return html`array of ${typeName(schema.items)}`
  if (schema?.enum) return schema.enum.map(String).join(' | ')
  return [schema?.type ?? ''].flat().join(' | ')
}

const shape = (name: string, schema: unknown): Markup => html`
  <details id="${name}">
    <summary><code>${name}</code></summary>
    <pre>${JSON.stringify(schema, undefined, 2)}</pre>
  </details>
`

const STYLE = `
  :root { color-scheme: light dark }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
  section, details { border-top: 1px solid #8886; padding: .5rem 0 }
  table { border-collapse: collapse }
  th, td { text-align: left; vertical-align: top; padding: .1rem 1rem .1rem 0; font-weight: normal }
  pre { overflow-x: auto }
`
