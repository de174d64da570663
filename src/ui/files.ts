/** Files to and from the person. */

/** Offers bytes or text as a download. */
export function saveFile(name: string, content: Uint8Array | string, type = 'application/zip'): void {
  const part = typeof content === 'string' ? content : Uint8Array.from(content)
  const url = URL.createObjectURL(new Blob([part], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The download reads the address after this turn; a minute is ample, and then the bytes go.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

export const bytesOf = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer())
