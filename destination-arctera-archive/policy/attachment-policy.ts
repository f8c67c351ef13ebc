// Which attachments are archived, and what is said of those that are not.
import {toType} from './conditions';
import type {PolicyConfig} from './policy-config';
import {toFileType} from './record-facts';

export interface AttachmentPolicy {
  /** The note that takes the attachment's place; undefined when it is archived. */
  replacement(name: string | undefined, size: number | undefined): string | undefined;
  /** Whether an item with a missing attachment is set aside. */
  readonly failsOnMissing: boolean;
}

const megabyte = 1024 * 1024;

export function compileAttachmentPolicy(config: PolicyConfig): AttachmentPolicy {
  const {attachment_mode: mode, attachment_note: note, max_attachment_megabytes: maxMegabytes} = config;
  const allowed = new Set((config.attachment_allow ?? []).map(toType));
  const denied = new Set((config.attachment_deny ?? []).map(toType));
  const because = (reason: string): string => (note === undefined || note === '' ? reason : note);
  return {
    failsOnMissing: mode === 'fail',
    replacement(name, size) {
      if (mode === 'replace_all') return because('attachments are not archived');
      const type = toFileType(name ?? '');
      if (allowed.size > 0 && !allowed.has(type)) return because('files of this type are not archived');
      if (denied.has(type)) return because('files of this type are not archived');
      if (maxMegabytes !== undefined && size !== undefined && size > maxMegabytes * megabyte) {
        return because(`the file is larger than ${maxMegabytes} MB`);
      }
      return undefined;
    },
  };
}
