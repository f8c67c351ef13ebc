// The folder of a workspace: its id is untrusted, so it is encoded, and no two ids share a folder on any file system.
import {sha256Hex} from '../../core/digest';

const maxLength = 100;

/** Lower-case letters, digits, `-` and `_` stand for themselves; every other byte is written %XX. */
export function toWorkspaceDirectory(workspaceId: string): string {
  const encoded = [...Buffer.from(workspaceId)].map(encodeByte).join('');
  if (encoded === '') return '%';
  // `%-` begins no byte, so a shortened name equals no other.
  return encoded.length <= maxLength ? encoded : `${encoded.slice(0, 30)}%-${sha256Hex(workspaceId)}`;
}

function encodeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  if (/^[a-z0-9_-]$/.test(character)) return character;
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
