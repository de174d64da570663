/** The words that the page uses, each in a sentence or two. */
export const GLOSSARY = {
  'language model': 'A program that, given the beginning of a text, says how likely each next token is.',
  token: 'What the text is cut into: here a single character, a byte, or a symbol of a task.',
  layer: 'One of the model’s stages. Text enters at layer 0; each layer works on what the layers before it made.',
  head: 'An attention head: the part of a layer that decides, for every token, which earlier tokens to take information from.',
  attention: 'The weights, 100 % in all, with which a head takes information from the tokens before.',
  source: 'A layer whose keys and values a head may read. Ordinary heads have one source: their own layer.',
  'layers back': 'How many layers lie between a head and the source that it reads. 1 is the adjacent layer.',
  reads: 'A head reads a source: it compares its query with that layer’s keys and takes that layer’s values.',
  'keys and values': 'What a layer offers to heads for each token: keys say what is there, values are what is taken.',
  cut: 'Taking away a head’s way back, without training again, to see how the held-out loss changes: its earlier sources are closed, or where it has no others its output is replaced by its mean.',
  chance: 'What a head that paid the same attention to everything would show.',
  stream:
    'The running sum that goes up through the layers for every token: each layer reads it and adds its part. The prediction is made from its end.',
  logit:
    'The number that a model gives a token before it becomes a probability: one more makes the token about 2.7 times as likely beside the others.',
  loss: 'How surprised the model is by the next token, on average. Lower is better.',
  nats: 'The unit of the loss. 0.7 nats is the surprise of a coin toss; guessing among 80 characters costs 4.4.',
  'held-out': 'Text that the model is never trained on, so that learning by heart does not count.',
  step: 'One batch of text, and one small change of all the model’s weights.',
  seed: 'The number that fixes the random start and the order of the data. The same seed gives the same run.',
  wiring: 'Which sources every head reads.',
  twin: 'The same run (seed, data order, number of steps) with the standard wiring, to compare with.',
  kernel: 'A small program of the GPU. Training is a few kinds of them, run over and over on different numbers.',
  tile: 'The block of a product’s numbers, rows × columns, that a group of the GPU’s threads works out together. Every size of tile adds in the same order and so gives the same numbers to the last bit: only the time differs.',
  dispatch:
    'One start of a kernel. It costs a few millionths of a second however little there is to do, so small models are slowed by many.',
  submit: 'One handing over of prepared work from the page to the GPU. Each costs more than a dispatch; one or two a step is good.',
  'TFLOP/s': 'A trillion multiplications and additions a second, counted from the sizes of the model: how much arithmetic gets done.',
  'GB/s': 'A billion bytes a second between the GPU and its memory: what limits work that reads much and computes little.',
} as const

export type Word = keyof typeof GLOSSARY
