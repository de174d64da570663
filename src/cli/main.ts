/** The command line: `npm run --silent skipscope -- COMMAND …`. Results are JSON lines on stdout; an error is one line on stderr and exit status 1. */
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import type { Overrides } from '../train/setup.ts'
import { bench, type BenchOptions } from './bench-command.ts'
import { compare, type CompareOptions } from './compare-command.ts'
import { drop, generate, grads, heads, intervene, replayBatches } from './model-commands.ts'
import { record, type RecordOptions } from './record-command.ts'
import { tuned } from './tuned-command.ts'
import { train, type TrainOptions } from './train-command.ts'

const number = (text: string): number => {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('A number is due.')
  return value
}

const setting = (text: string, before: Overrides): Overrides => {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('key=value is due.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

const program = new Command('skipscope')
  .description('Train, run and look into small cross-layer transformers on the GPU.')
  .exitOverride()
  .configureOutput({ outputError: () => undefined })

const onModel = (name: string, description: string): Command =>
  program.command(name).description(description).requiredOption('--model <dir>', 'model folder')

onModel('grads', 'loss, logits, patterns and gradients of the first batch')
  .requiredOption('--batches <file>', 'JSON list of {"tokens", "targets"}')
  .requiredOption('--out <file>', 'safetensors file to write')
  .action(grads)
onModel('replay', 'one AdamW step per batch at a constant rate')
  .requiredOption('--batches <file>', 'JSON list of {"tokens", "targets"}')
  .requiredOption('--lr <rate>', 'learning rate', number)
  .requiredOption('--out <file>', 'safetensors file to write')
  .action(replayBatches)
const trains = (name: string, description: string, out: string): Command =>
  program
    .command(name)
    .description(description)
    .option('--config <file>', 'config.json of the model')
    .option('--preset <name>', 'smoke, tiny, nano, baby or gpt2s')
    .option('--wiring <name>', 'standard, skip, joint, …, or a JSON file of reads')
    .option('--data <file>', 'a UTF-8 text, or the name of a shipped one')
    .option('--task <name>', 'a synthetic task, such as induction or k-hop:k=4')
    .requiredOption('--steps <n>', 'steps', number)
    .requiredOption('--out <dir>', out)
    .option('--seed <n>', 'seed', number)
    .option('--eval-every <n>', 'steps between evaluations', number)
    .option('--set <key=value>', 'override a model or training setting', setting, {})
trains('train', 'train a model and write its folder', 'model folder to write').action((options: TrainOptions) => train(options))
trains('record', 'train a model and record how its heads and its text change', 'folder to write: recording.zip, model.zip and model')
  .option('--snapshots <n>', 'moments of the heads to keep, at most', number, 40)
  .option('--prompt <text>', 'what samples of text begin with; "The " where nothing is said')
  .option('--date <date>', 'when it began, ISO 8601; now where nothing is said')
  .action((options: RecordOptions) => record(options))
onModel('generate', 'continue a prompt')
  .option('--prompt <text>', 'prompt as text')
  .option('--ids <list>', 'prompt as token ids, separated by commas')
  .requiredOption('--tokens <n>', 'how many to generate', number)
  .option('--temperature <x>', '0 is greedy', number, 1)
  .option('--top-k <k>', '0 is no limit', number, 0)
  .option('--top-p <p>', 'draw from the likeliest whose probabilities reach p; 1 is no limit', number, 1)
  .option('--seed <n>', 'seed of the sampling', number, 1)
  .action(generate)
program
  .command('compare')
  .description('an experiment: settings × seeds, paired differences with intervals')
  .option('--plan <file>', 'the plan, as the page exports it')
  .option('--out <dir>', 'folder to write, or to go on with')
  .option('--ready <name>', 'print the plan of an experiment that is ready to run')
  .action((options: CompareOptions) => compare(options))
program
  .command('bench')
  .description('time or plan one training step of a bench shape')
  .requiredOption('--config <name>', 'tiny, baby or gpt2s')
  .option('--steps <n>', 'steps to time; as many as fill the windows where nothing is said', number)
  .option('--windows <n>', 'windows of 20 steps, of which the median counts; 5 where nothing is said', number)
  .option('--dtype <type>', 'how intermediate values are stored: f32 or f16', 'f32')
  .option('--wiring <name>', 'as for train')
  .option('--plan', 'count dispatches and bytes without an adapter')
  .option('--profile', 'time each kernel of the step beside what this adapter does at most')
  .option('--recompute', "compute layers' intermediates again instead of keeping them")
  .option('--limits <which>', 'with --plan: default or h200', 'default')
  .action((options: BenchOptions) => bench(options))
program
  .command('tuned')
  .description('the tile chosen for each product on each adapter')
  .option('--forget', 'measure them anew at the next run')
  .action((options: { forget?: boolean }) => tuned(options))
onModel('heads', 'measures of every head on the first batch')
  .requiredOption('--batches <file>', 'JSON list of {"tokens", "targets"}')
  .option('--scores', 'also previous-token, duplicate-token, induction and prefix-matching scores, on repeated random sequences')
  .action(heads)
onModel('intervene', 'the loss of the first batch under each change')
  .requiredOption('--batches <file>', 'JSON list of {"tokens", "targets"}')
  .requiredOption('--changes <file>', 'JSON list of changes')
  .action(intervene)
onModel('drop', "LLM-Drop's 1 - cos of every layer on the first batch")
  .requiredOption('--batches <file>', 'JSON list of {"tokens", "targets"}')
  .option('--order <which>', 'attn, mlp, joint or block: also the loss after each drop, the lowest score first')
  .action(drop)

const oneLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ')

try {
  await program.parseAsync()
  process.exit(0)
} catch (error) {
  // Help and version are not errors; everything else is one line.
  const calm = error instanceof CommanderError && error.exitCode === 0
  if (!calm) process.stderr.write(`${oneLine(error)}\n`)
  process.exit(calm ? 0 : 1)
}
