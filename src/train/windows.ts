/** How the bench times, for those who may not know the engine: steps of a window, which ends with reading the loss, and how many windows. */
export const WINDOW = 20
export const WINDOWS = 5

/** What the page times besides the bench shapes: on a processor each of those takes minutes. The command line has it not, since nobody is compared by it. */
export const PROCESSOR_SHAPE = { name: 'smoke', vocab: 65 }
