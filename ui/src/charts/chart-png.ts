// A chart as a picture: what is on screen, with its title and the names of its series.

import type { ChartData } from './chart-data.ts'

type Picture = {
  readonly canvas: HTMLCanvasElement
  readonly data: ChartData
  readonly title: string
  readonly host: Element
}

const HEAD = 28
const FOOT = 26

/** @throws Error when the browser cannot make the picture */
export async function chartPng({ canvas, data, title, host }: Picture): Promise<Blob> {
  const ratio = devicePixelRatio || 1
  const style = getComputedStyle(host)
  const sheet = document.createElement('canvas')
  sheet.width = canvas.width
  sheet.height = canvas.height + (HEAD + FOOT) * ratio
  const context = sheet.getContext('2d')
  if (!context) throw new Error('no canvas')
  context.fillStyle = style.getPropertyValue('--surface')
  context.fillRect(0, 0, sheet.width, sheet.height)
  context.drawImage(canvas, 0, HEAD * ratio)
  context.scale(ratio, ratio)
  context.fillStyle = style.getPropertyValue('--text')
  context.font = `600 14px ${style.getPropertyValue('--font')}`
  context.fillText(title, 12, 19)
  drawNames(context, data, style, sheet.height / ratio - 9)
  return new Promise((resolve, reject) =>
    sheet.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'),
  )
}

function drawNames(
  context: CanvasRenderingContext2D,
  data: ChartData,
  style: CSSStyleDeclaration,
  y: number,
): void {
  context.font = `12px ${style.getPropertyValue('--font')}`
  let x = 12
  for (const line of data.lines) {
    context.fillStyle = style.getPropertyValue(`--series-${line.colour}`)
    context.fillRect(x, y - 5, 12, 3)
    context.fillStyle = style.getPropertyValue('--text')
    context.fillText(line.label, x + 17, y)
    x += 17 + context.measureText(line.label).width + 14
  }
}
