/** Whether the browser let the text into the clipboard; without a secure page, or without leave, it does not. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
