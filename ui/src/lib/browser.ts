// What the browser does for us: clipboard and downloads.

/** Copies; answers whether it worked. Browsers refuse it on plain HTTP away from localhost, hence the old way. */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text)
      return true
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
    }
  }
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  return done
}

/** Hands the viewer a file. */
export function download(name: string, content: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** Hands the viewer a CSV file that spreadsheets read as UTF-8. */
export const downloadCsv = (name: string, text: string): void =>
  download(name, new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }))
