// Reads the JSON files that the platform names on the command line, whatever their ending.
import {readFile} from 'node:fs/promises';
import {ConfigError, systemCode} from '../core/errors';

/** Parsed content, or undefined for an empty file. Never quotes the content in an error. */
export async function readJsonFile(path: string, what: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError('file_unreadable', `The ${what} file could not be read (${systemCode(error) ?? 'error'}).`, {
      cause: error,
    });
  }
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') return undefined;
  try {
    return JSON.parse(trimmed);
  } catch {
    throw new ConfigError('file_unreadable', `The ${what} file is not JSON.`);
  }
}

/** Like readJsonFile, and undefined also when there is no such file. */
export async function readOptionalJsonFile(path: string, what: string): Promise<unknown> {
  try {
    return await readJsonFile(path, what);
  } catch (error) {
    if (error instanceof ConfigError && systemCode(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}
