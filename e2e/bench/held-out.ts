/** `held-out TEXT OUT T B`: B held-out sequences of T tokens of a text, as the batches file that `heads`, `drop` and `intervene` take. The text's characters are the tokens, its last tenth is held out. */
import { readFileSync, writeFileSync } from 'node:fs'
import { textDataset } from '../../src/data/text.ts'

const [file, out, ...sizes] = process.argv.slice(2)
const [T, B] = sizes.map(Number)
if (!file || !out || !(T > 0 && B > 0)) throw new Error('Usage: held-out TEXT OUT T B')
const dataset = textDataset('text', readFileSync(file, 'utf8'), { tokenizer: 'char', valFraction: 0.1 }, T)
const { tokens, targets } = dataset.heldOutBatch(0, B, T)
const rows = (all: ArrayLike<number>): number[][] => Array.from({ length: B }, (_, b) => Array.from(all).slice(b * T, (b + 1) * T))
writeFileSync(out, JSON.stringify([{ tokens: rows(tokens), targets: rows(targets) }]))
