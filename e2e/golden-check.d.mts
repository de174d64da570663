/** Types of golden-check.mjs, which runs without any tool. */
export interface Finished {
  status: number | null
  stdout: string
  stderr: string
}
export interface CaseResult {
  /** Worst error by kind. */
  errors: Record<string, string>
  /** What is wrong; empty when all is well. */
  bad: string[]
  seconds: number
}
export const LIMITS: ('adapter' | 'default')[]
export const CASES: string[]
export function caseFolder(name: string): string
export function run(command: string[], args: string[], environment?: Record<string, string>): Promise<Finished>
export type Command = string[] | ((args: string[], environment: Record<string, string>) => Promise<Finished>)
export function checkCase(command: Command, name: string, limits: string): Promise<CaseResult>
