// Registry of the streams that travel between the two connectors.
import {captureRuns} from './capture-runs';
import {conversations} from './conversations';
import {fileChunks, files} from './files';
import {messages} from './messages';
import type {StreamDefinition} from './row';
import {users} from './users';

/** In the order the source emits them. */
export const streamDefinitions: readonly StreamDefinition[] = [
  users,
  messages,
  conversations,
  files,
  fileChunks,
  captureRuns,
];
