/** How the bench times, for those who may not know the engine: steps of a window, which ends with reading the loss, and how many windows. */
export const WINDOW = 20
export const WINDOWS = 5
