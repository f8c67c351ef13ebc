// The text that explains an archive folder to whoever opens it, with or without the connector.

export const archiveReadmeName = 'archive-README.txt';

export const archiveReadme = `This folder is an archive of ChatGPT Enterprise conversations.

What lies here

  <workspace>/<xx>/<item>.eml   One archived item each: a standard e-mail message
                                that any mail program opens. <xx> are the first two
                                characters of the item's name; where it was configured
                                so, days, users or conversations stand in their place,
                                and a session folder for each run above them.
  <item>.eml.envelope.json      Where configured: what a mail server would be told.
  <item>.eml.retention.json     How long the item is to be kept, and for which matter.
  <item>.eml.hold.json          The item is held for a matter: do not delete it.
  <workspace>/archive-id        Ties the items of a workspace to their ledger.
  <workspace>/manifests/        One file a run: every item with its SHA-256, counts, and
                                a signature where a key was configured.
  .arctera-archive/             Kept by the connector: per workspace the ledger, the
                                run reports, records that were set aside with their
                                reason, and files in progress. It is a hidden folder.

A <workspace> folder is named after the workspace id; characters other than a-z, 0-9,
"-", "_" and "." are written as = and two hexadecimal digits.

What an item holds

  The readable transcript as text and as HTML, every uploaded file that could be read,
  unaltered, an attachment "item.json" that tells a program which records the item
  holds, and an attachment "events.jsonl": the original records exactly as the
  Compliance API gave them, one a line. The header X-AI-Content-SHA256 is the SHA-256
  of that attachment. All items of a conversation share their subject and the message
  they refer to, so mail programs show them as one thread.

What to know

  Nothing here is changed after it is written. Copies in other places are safe to make.
  Keep .arctera-archive together with the items: without its ledger the connector will
  not continue this archive until "destination-arctera-archive rebuild-ledger
  --config FILE" has made a new one from the items. "destination-arctera-archive
  verify --config FILE" checks every item against the ledger.
`;
