// Who an item is filed under: owner, ChatGPT and the others, each as a plain address.
import {plainAddressPattern} from '../../core/plain-address';
import {toHeaderText} from './header-text';
import {type Addressing, type Item, ownerOf, type Participant} from './item';

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

interface Envelope {
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  /** Ids of people filed under the fallback address, because they have no usable one. */
  readonly unaddressed: readonly string[];
}

const maxAddressLength = 254;
const maxNameLength = 100;

export function toEnvelope(item: Item, addressing: Addressing): Envelope {
  const assistant: Mailbox = {name: 'ChatGPT', address: addressing.assistantAddress};
  const owner = ownerOf(item);
  if (owner === undefined) {
    return {from: assistant, to: [{name: '', address: addressing.fallbackAddress}], unaddressed: []};
  }
  const others = item.kind === 'messages' ? item.others : [];
  const people = [owner, ...others].map((person) => ({person, address: usableAddress(person)}));
  const mailboxes = people.map(({person, address}) => toMailbox(person, address ?? addressing.fallbackAddress));
  const [from = assistant, ...rest] = mailboxes;
  return {
    from,
    to: distinct([assistant, ...rest]),
    unaddressed: [...new Set(people.filter(({address}) => address === undefined).map(({person}) => person.id))],
  };
}

/** Name, address and id of a person in one line. */
export function describeParticipant(person: Participant): string {
  const name = toHeaderText(person.name ?? '', maxNameLength);
  const email = toHeaderText(person.email ?? '', maxAddressLength);
  const id = toHeaderText(person.id, maxNameLength);
  if (name !== '' && email !== '') return `${name} <${email}>`;
  if (email !== '') return email;
  return name === '' ? id : `${name} (${id})`;
}

export function usableAddress(person: Participant): string | undefined {
  const {email} = person;
  return email !== undefined && plainAddressPattern.test(email) ? email : undefined;
}

export function toMailbox(person: Participant, address: string): Mailbox {
  // A quoted name that looks like an RFC 2047 word is decoded by some readers although it must not be.
  return {name: toHeaderText(person.name ?? '', maxNameLength).replaceAll('=?', '= ?'), address};
}

function distinct(mailboxes: readonly Mailbox[]): Mailbox[] {
  const byAddress = new Map<string, Mailbox>();
  for (const mailbox of mailboxes) {
    const key = mailbox.address.toLowerCase();
    if (!byAddress.has(key)) byAddress.set(key, mailbox);
  }
  return [...byAddress.values()];
}
