// Captured objects as documents: memories, canvases, recordings, configurations of GPTs and projects, skills and the like.
import {fileOwnerStream, ownerReferenceId} from '../../contract/files';
import {toRecordOwner} from '../../contract/record-owner';
import {toFlatFacts} from './flat-facts';
import type {Fact} from './fact';
import type {DocumentSection} from './item';
import {array, filled, type Json, object, parseJson, string} from '../../core/json-values';
import {type RecordWords, toTimestamp} from './record-words';
import {toIndentedJson} from './shown-json';

interface Description {
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly sections: readonly DocumentSection[];
  readonly conversationId?: string | undefined;
  readonly timestamp: unknown;
}

/** Each with the stream it reads, which the platform may have prefixed. */
const describers: readonly (readonly [stream: string, describe: (row: Json) => Description])[] = [
  ['memories', describeMemories],
  ['canvases', describeCanvas],
  ['recordings', describeRecording],
  ['gpts', (row) => describeAssistant('GPT', row)],
  ['projects', (row) => describeAssistant('Project', row)],
  ['skills', describeSkill],
  ['automations', describeAutomation],
  ['agents', describeAgent],
  ['library_files', describeLibraryFile],
  ['codex_tasks', describeCodexTask],
  ['codex_environments', describeCodexEnvironment],
];

/** @returns undefined for a record that is not a captured object with a form of its own */
export function describeObject(stream: string, row: Json): RecordWords | undefined {
  const describe = describers.find(([name]) => stream.endsWith(name))?.[1];
  if (describe === undefined || typeof row['captured_at'] !== 'string') return undefined;
  // The object as the API sent it says more than the row; a row without it is read as it is.
  const sent = object(parseJson(string(row['object_json']) ?? ''));
  const {conversationId, timestamp, ...words} = describe({...sent, ...withoutNulls(row)});
  return {
    ...words,
    kind: 'document',
    facts: [...words.facts, ...incompleteParts(row), {label: 'Captured', value: string(row['captured_at']) ?? ''}],
    owner: toRecordOwner(stream, row),
    conversationId,
    timestamp: toTimestamp(timestamp) ?? filled(row['captured_at']),
  };
}

/** The object that `files` rows name, where the stream is one whose objects hold files. */
export function objectIdOf(stream: string, row: Json): string | undefined {
  const owner = fileOwnerStream.options.find((name) => stream.endsWith(name));
  const id = filled(row['id']);
  return owner === undefined || id === undefined ? undefined : ownerReferenceId(owner, id);
}

function describeMemories(row: Json): Description {
  const contexts = array(row['memory_contexts']).map(object);
  const sections = contexts.flatMap((context) =>
    array(context['memory_entries'])
      .map(object)
      .map((entry) => ({
        heading: `Memory ${string(entry['id']) ?? ''}`,
        timestamp: toTimestamp(entry['updated_at']),
        text: toText(entry['content']),
      }))
  );
  const newest = sections.map(({timestamp}) => timestamp ?? '').reduce((a, b) => (a > b ? a : b), '');
  return {
    title: 'Memories',
    facts: [{label: 'Entries', value: String(sections.length)}],
    sections,
    timestamp: newest,
  };
}

function describeCanvas(row: Json): Description {
  const comments = array(row['comments']).map(object);
  const isProse = row['textdoc_type'] === 'document';
  const content = toText(row['content']);
  return {
    title: `Canvas: ${filled(row['name']) ?? filled(row['textdoc_id']) ?? 'untitled'}`,
    facts: [
      ...factOf('Canvas', row['textdoc_id']),
      ...factOf('Version', row['version']),
      ...factOf('Type', row['textdoc_type']),
    ],
    sections: [
      {
        heading: 'Content',
        ...(isProse ? {text: content, isMarkdown: true} : {code: content ?? 'There is no content.'}),
      },
      ...comments.map((comment) => ({
        heading: `Comment ${string(comment['id']) ?? ''}`,
        facts: toFlatFacts(comment, new Set(['id', 'content'])),
        text: toText(comment['content']),
      })),
    ],
    conversationId: filled(row['conversation_id']),
    timestamp: row['updated_at'],
  };
}

function describeRecording(row: Json): Description {
  const transcript = object(parseJson(string(row['transcript_json']) ?? ''));
  const summary = transcript['summary'] ?? row['summary'];
  return {
    title: `Recording ${filled(row['id']) ?? ''}`,
    facts: [
      ...factOf('Start', toTimestamp(row['start'])),
      ...factOf('End', toTimestamp(row['end'])),
      ...factOf('Canvas', row['canvas_id']),
    ],
    sections: [
      {heading: 'Transcript', text: toText(transcript['transcript'] ?? row['transcript']) ?? 'There is no transcript.'},
      ...(summary === undefined || summary === null
        ? []
        : [{heading: 'Summary', text: toText(summary), isMarkdown: true}]),
    ],
    conversationId: filled(row['conversation_id']),
    timestamp: row['end'] ?? row['start'],
  };
}

function describeAssistant(what: string, row: Json): Description {
  const details = array(parseJson(string(row['configurations_json']) ?? ''));
  const latest = array(object(row['latest_config'])['data']);
  const configurations = (details.length > 0 ? details : latest).map(object);
  const [newest = {}] = configurations;
  return {
    title: `${what}: ${filled(newest['name']) ?? filled(row['id']) ?? 'unnamed'}`,
    facts: [
      ...factOf('Id', row['id']),
      ...factOf('Builder', row['builder_name']),
      ...factOf('Created', toTimestamp(row['created_at'])),
      ...toFlatFacts(row['sharing'], new Set(['object'])).map(({label, value}) => ({
        label: `Sharing: ${label}`,
        value,
      })),
    ],
    sections: configurations.map((configuration) => ({
      heading: `Configuration ${string(configuration['id']) ?? ''}`,
      timestamp: toTimestamp(configuration['created_at']),
      author: filled(object(configuration['version_author'])['email']),
      facts: toFlatFacts(configuration, new Set(['object', 'id', 'created_at', 'instructions', 'version_author'])),
      text: toText(configuration['instructions']),
    })),
    timestamp: newest['created_at'] ?? row['created_at'],
  };
}

function describeSkill(row: Json): Description {
  return {
    title: `Skill: ${filled(row['name']) ?? filled(row['id']) ?? 'unnamed'}`,
    facts: [
      ...factOf('Id', row['id']),
      ...factOf('Surface', row['original_product_surface']),
      ...factOf('Files', textsOf(row['files']).join(', ')),
    ],
    sections: [{heading: 'Description', text: toText(row['description']) ?? ''}],
    timestamp: row['updated_at'] ?? row['created_at'],
  };
}

function describeAutomation(row: Json): Description {
  return {
    title: `Automation: ${filled(row['title']) ?? filled(row['id']) ?? 'untitled'}`,
    facts: [
      ...factOf('Id', row['id']),
      ...factOf('Schedule', row['schedule']),
      ...factOf('Enabled', row['is_enabled']),
    ],
    sections: [{heading: 'Prompt', text: toText(row['prompt']) ?? ''}],
    timestamp: row['updated_at'] ?? row['created_at'],
  };
}

function describeAgent(row: Json): Description {
  const sent = object(parseJson(string(row['definition_json']) ?? ''));
  const definition = sent['definition'] ?? row['definition'];
  return {
    title: `Agent: ${filled(row['name']) ?? filled(row['id']) ?? 'unnamed'}`,
    facts: [...factOf('Id', row['id']), ...factOf('Status', row['status'])],
    sections:
      definition === undefined || definition === null ? [] : [{heading: 'Definition', code: toText(definition)}],
    timestamp: row['updated_at'] ?? row['created_at'],
  };
}

function describeLibraryFile(row: Json): Description {
  return {
    title: `Library file: ${filled(row['name']) ?? filled(row['id']) ?? 'unnamed'}`,
    facts: [
      ...factOf('Id', row['id']),
      ...factOf('File', row['file_id']),
      ...factOf('Media type', row['mime_type']),
      ...factOf('Size', row['file_size_bytes']),
      ...factOf('State', row['state']),
      ...factOf('Trashed', toTimestamp(row['trashed_at'])),
      ...factOf('Expires', toTimestamp(row['expires_at'])),
      ...factOf('Of a project', row['is_project']),
    ],
    sections: [],
    timestamp: row['created_at'],
  };
}

function describeCodexTask(row: Json): Description {
  const metadata = toFlatFacts(row['denormalized_metadata']);
  return {
    title: `Codex task: ${filled(row['title']) ?? filled(row['id']) ?? 'untitled'}`,
    facts: [
      ...factOf('Id', row['id']),
      ...factOf('Created', toTimestamp(row['created_at'])),
      ...factOf('Last changed', toTimestamp(row['updated_at'])),
    ],
    sections: metadata.length === 0 ? [] : [{heading: 'What else ChatGPT says of the task', facts: metadata}],
    timestamp: row['updated_at'] ?? row['created_at'],
  };
}

function describeCodexEnvironment(row: Json): Description {
  const setup = array(row['setup']);
  const isCommands = setup.length > 0 && setup.every((each) => typeof each === 'string');
  const code = isCommands ? setup.join('\n') : toText(row['setup']);
  const repositories = textsOf(row['repos']);
  const removed = textsOf(row['removed_fields']);
  return {
    title: `Codex environment: ${filled(row['label']) ?? filled(row['id']) ?? 'unnamed'}`,
    facts: [
      ...factOf('Id', row['id']),
      ...factOf('Machine', row['machine_id']),
      ...factOf('Created', toTimestamp(row['created_at'])),
      ...factOf('Repositories', repositories.join(', ')),
      ...(removed.length === 0
        ? []
        : [{label: 'Removed before capture', value: `${removed.join(', ')} (they may hold credentials)`}]),
    ],
    sections: code === undefined || code === '' ? [] : [{heading: 'Setup', code}],
    timestamp: row['created_at'],
  };
}

function textsOf(value: unknown): string[] {
  return array(value).filter((each) => typeof each === 'string');
}

function incompleteParts(row: Json): Fact[] {
  const parts = array(row['incomplete_parts']).map(object);
  return parts.flatMap(({part, reason}) => factOf('Not whole', `${string(part) ?? ''}: ${string(reason) ?? ''}`));
}

function factOf(label: string, value: unknown): Fact[] {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return [];
  return value === '' ? [] : [{label, value: String(value)}];
}

/** Text as it is; anything else as JSON, so that nothing unexpected is hidden. */
function toText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : toIndentedJson(value);
}

function withoutNulls(row: Json): Json {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}
