// The one table of error codes: what each means and what to do. Texts and docs/reference/errors.md come from it.

interface ErrorEntry {
  readonly meaning: string;
  readonly remedy: string;
}

const table = {
  // Configuration
  config_invalid: {
    meaning: 'The connector configuration does not have the required form.',
    remedy: 'Correct the named fields in the connector settings.',
  },
  catalog_invalid: {
    meaning: 'The configured catalog could not be read or names a stream the connector does not have.',
    remedy: 'Refresh the schema of the connection in Airbyte and save it again.',
  },
  fields_deselected: {
    meaning: 'Fields of a stream are deselected in the connection without which its records cannot be archived.',
    remedy:
      'Select the named fields in the schema of the connection and save it. Nothing was archived or acknowledged without them.',
  },
  state_invalid: {
    meaning:
      'The saved state could not be read, a newer version of the connector wrote it, or it names a time that is yet to come.',
    remedy: 'Run the version of the connector that wrote the state, or clear the affected streams.',
  },
  state_of_another_workspace: {
    meaning: 'The saved state belongs to another workspace: read from there, events of this one would be passed over.',
    remedy:
      'Set workspace_id back, or clear all streams of the connection. A connection of its own for each workspace is better.',
  },
  file_unreadable: {
    meaning: 'A file named on the command line could not be read as JSON.',
    remedy: 'Check the path and the content of the file.',
  },
  command_invalid: {
    meaning: 'The command line is not one the connector knows.',
    remedy: 'Run it with --help to see the commands.',
  },
  policy_invalid: {
    meaning: 'The policy names something that does not exist, or a rule does not compile.',
    remedy: 'Correct the rule or field that the message names.',
  },
  // Compliance API
  organization_id_given: {
    meaning: 'An API platform organization id was given where a ChatGPT workspace id is needed.',
    remedy: 'Copy the workspace ID (a UUID) from the ChatGPT Enterprise workspace settings.',
  },
  key_rejected: {
    meaning: 'The Compliance API does not accept the key.',
    remedy:
      'A workspace owner can create an Admin key for this workspace in the OpenAI Admin Console; paste it again. If the key is right, check that the address Airbyte calls from is on the Compliance API IP allow-list.',
  },
  address_not_allowed: {
    meaning: 'The Compliance API does not accept requests from the address Airbyte calls from.',
    remedy:
      'Add the outgoing address of Airbyte, or of its proxy, to the Compliance API IP allow-list of the workspace.',
  },
  certificate_untrusted: {
    meaning: 'The TLS certificate of a server is not one the connector trusts.',
    remedy:
      'Where nobody that the connector trusts has signed it, as where a proxy of your network inspects TLS, paste the PEM certificate of its authority into ca_certificate. Verification cannot be turned off.',
  },
  proxy_refused: {
    meaning: 'The proxy of the network did not let the connector through.',
    remedy:
      'Check HTTPS_PROXY and NO_PROXY, the name and password in them, and that the proxy permits CONNECT to the API and to the hosts of signed downloads.',
  },
  log_scope_missing: {
    meaning: 'The key may not read the Compliance Logs Platform of this workspace.',
    remedy:
      'A workspace owner can grant compliance_logs_platform.read to the key. Also check that the workspace ID belongs to the key and that the address Airbyte calls from is on the Compliance API IP allow-list.',
  },
  workspace_refused: {
    meaning: 'The Compliance API accepts the key but refuses everything of this workspace.',
    remedy:
      'Check that the workspace ID is the one the key was made for, and that the address Airbyte calls from is on the Compliance API IP allow-list. If both are right, a workspace owner can grant compliance_logs_platform.read and compliance_export read to the key in the OpenAI Admin Console.',
  },
  stateful_scope_missing: {
    meaning: 'The key may read logs but not users and other current objects.',
    remedy:
      'A workspace owner can grant compliance_export read to the key. Where log files are refused too, check that the workspace ID belongs to the key and that the address Airbyte calls from is on the Compliance API IP allow-list.',
  },
  file_scope_missing: {
    meaning: 'The key may not read the bytes of uploaded files.',
    remedy: 'A workspace owner can grant compliance_export read (files) to the key.',
  },
  workspace_not_found: {
    meaning:
      'The Compliance API does not know this workspace, its plan has no Compliance API, or another host was asked.',
    remedy:
      'Check the workspace ID, the API address where one is set (https://api.chatgpt.com/v1 is the right one), and that the plan (Enterprise, Edu, Healthcare or Teachers) includes the Compliance API.',
  },
  clock_wrong: {
    meaning:
      'The clock of the machine is more than a day ahead of the Compliance API: a first read would begin too late and pass over events.',
    remedy:
      'Set the clock of the host the connector runs on. If it is right, something in between answers with an old date: set start_date, which no clock moves.',
  },
  objects_not_offered: {
    meaning: 'The Compliance API has no such listing for this workspace.',
    remedy: 'The plan or the region may lack it: deselect the stream, or ask OpenAI support.',
  },
  request_rejected: {
    meaning: 'The Compliance API rejected a request as malformed.',
    remedy:
      'Update the connector; the API may have changed. If the message names a log type other than CONVERSATION_MESSAGE, the workspace may have no such log: deselect its stream, or take the type out of extra_log_types.',
  },
  rate_limited: {
    meaning: 'The Compliance API asked the connector to wait longer than a sync may.',
    remedy: 'Try again later; the sync resumes where it stopped.',
  },
  api_unavailable: {
    meaning: 'The Compliance API could not be reached or failed repeatedly.',
    remedy: 'Try again later; the sync resumes where it stopped.',
  },
  redirect_refused: {
    meaning: 'The Compliance API redirected a download to an address the connector does not follow.',
    remedy:
      'Check the API address where one is set. Else report this: only downloads are followed, and only to https (or loopback) targets.',
  },
  response_unexpected: {
    meaning:
      'The Compliance API, or something that answers in its place, answered in a form the connector does not know.',
    remedy:
      'Check the API address where one is set, and that no proxy or gateway answers with a page of its own. If neither does, update the connector; the API may have changed.',
  },
  log_file_hash_mismatch: {
    meaning: 'A downloaded log file does not have the SHA-256 that the listing gives.',
    remedy:
      'The cursor stays before it. The next sync tries again; if it persists, contact OpenAI support with the file id.',
  },
  log_file_unverified: {
    meaning:
      'A log file more than six hours old never matched its SHA-256; its lines were captured marked as unverified.',
    remedy: 'Contact OpenAI support with the log file id; both hashes are in capture_runs.',
  },
  log_file_gone: {
    meaning: 'A listed log file was no longer there when it was downloaded.',
    remedy:
      'It most likely passed its 30 days of retention, and the next sync no longer lists it. If the same log file is named again, contact OpenAI support with its id: until it can be read or is no longer listed, its stream stays before it. Other streams go on.',
  },
  log_listing_stuck: {
    meaning:
      'The listing of log files says that there are more but does not get past an end time, as when more share it than a page holds.',
    remedy: 'The cursor stays before them. Contact OpenAI support with the end time.',
  },
  listing_stuck: {
    meaning: 'A listing says that there is more but does not get past a position.',
    remedy: 'What was read before is kept. If it persists, contact OpenAI support with the name of the listing.',
  },
  listing_broken_off: {
    meaning:
      'The Compliance API refused a position within a listing that it had given itself, as one that has expired.',
    remedy:
      'What was read before is kept, and the next sync goes on or begins that listing anew. If it persists, update the connector, or contact OpenAI support with the name of the listing.',
  },
  streams_failed: {
    meaning: 'One or more streams could not be read completely.',
    remedy: 'See the error of each stream; the next sync resumes them.',
  },
  // Destination
  target_not_writable: {
    meaning: 'The archive folder cannot be read or written.',
    remedy: 'Check that the folder exists or can be created, and that the connector may read and write what is in it.',
  },
  target_ephemeral: {
    meaning: 'The archive folder lies on storage that vanishes with the container.',
    remedy: 'Mount a persistent volume at that path, or set allow_ephemeral for a trial.',
  },
  archive_without_ledger: {
    meaning: 'The folder holds an archive, or what runs left beside their ledger, but the ledger itself is missing.',
    remedy:
      'Make it anew from the items with the command rebuild-ledger, or restore the .arctera-archive folder from a backup that no run came after.',
  },
  bucket_without_ledger: {
    meaning: 'The bucket holds an archive but the ledger that belongs to it is missing.',
    remedy:
      'Check the ledger setting. Make it anew from the items with the command rebuild-ledger, or restore it from a backup of the folder or database that no run came after.',
  },
  ledger_present: {
    meaning: 'A ledger is there, so none can be made from the items.',
    remedy: 'Nothing was changed. Move a damaged ledger aside, keep it as evidence, and run rebuild-ledger again.',
  },
  ledger_without_archive: {
    meaning: 'The ledger is there but the archive it belongs to is missing or another one.',
    remedy:
      'Restore the archive from a backup. A new archive needs a ledger of its own: choose an empty folder, or beside a bucket another folder or schema for the ledger. Then clear all streams of the connection, or what the API still holds of before does not come into it.',
  },
  additional_target_empty: {
    meaning: 'The ledger has items in an additional target where nothing lies any more.',
    remedy:
      'Check its path or its bucket and prefix, and that what it lies on is mounted. What is lost for good comes from a backup; without one, put the archive-id that the message names there by hand: runs go on, and verify names what is lost. A new place needs a new name in additional_targets and in the rules that send items there, beside the old one, which stays configured.',
  },
  additional_target_of_another: {
    meaning: 'An additional target is a place where another archive keeps items.',
    remedy:
      'Check its path or its bucket and prefix: each archive needs a place of its own for each target. Where the ledger was lost, make it anew from the items with the command rebuild-ledger; one that was begun since is moved aside first, together with an archive-id that came with it. A new place needs a new name in additional_targets and in the rules that send items there.',
  },
  ledger_damaged: {
    meaning: 'The ledger cannot be read or its hash chain is broken.',
    remedy:
      'Move the file aside, and keep it as evidence. In a database rename the schema, and copy kept_files and kept_pieces from it into a new one as docs/evidence.md tells: what is set aside and on its way lies there. Make the ledger anew with the command rebuild-ledger, or restore it from a backup that no run came after: an older one does not know what is archived since.',
  },
  ledger_locked: {
    meaning: 'Another run is writing to the same ledger.',
    remedy: 'Let it end; the next attempt continues.',
  },
  ledger_newer: {
    meaning: 'A newer version of the connector wrote the ledger.',
    remedy: 'Run that version or a later one.',
  },
  ledger_unavailable: {
    meaning: 'The database of the ledger cannot be reached or does not answer.',
    remedy: 'The next attempt continues where this one stopped. If it lasts, check its address and whether it runs.',
  },
  ledger_refused: {
    meaning: 'The database of the ledger does not let the connector in, or does not allow what it needs.',
    remedy:
      'Check the connection string, the security setting and ca_certificate. The user needs to connect to the database, and to create the schema or to create tables in it.',
  },
  target_unavailable: {
    meaning: 'The mail server or the bucket did not take items, though it was asked repeatedly.',
    remedy:
      'The next attempt continues where this one stopped. If it lasts, check its address and ask whoever runs it.',
  },
  target_proxy_refused: {
    meaning: 'The proxy does not open a way to the target.',
    remedy:
      'Check the address and the sign-in of the proxy, and that it allows CONNECT to the host and port of the target.',
  },
  smtp_sign_in_refused: {
    meaning: 'The mail server does not accept the user name and password, or asks for them.',
    remedy: 'Check both, and that the server allows sign-in through TLS.',
  },
  smtp_tls_failed: {
    meaning: 'No encrypted connection to the mail server could be made.',
    remedy:
      'Check the security setting. Where nobody that the connector trusts has signed its certificate, add the authority to ca_certificate.',
  },
  s3_refused: {
    meaning: 'The store does not allow what the connector needs.',
    remedy:
      'Check bucket, region, endpoint and keys. Needed are s3:PutObject, s3:GetObject, s3:ListBucket, s3:AbortMultipartUpload and s3:ListBucketMultipartUploads; with Object Lock also s3:PutObjectRetention, s3:PutObjectLegalHold, s3:GetObjectLegalHold, s3:GetBucketVersioning and s3:GetBucketObjectLockConfiguration; with KMS the use of the key.',
  },
  s3_lock_missing: {
    meaning: 'Object Lock is configured, but the bucket cannot lock objects.',
    remedy: 'Choose a bucket with versioning and Object Lock, or leave Object Lock empty.',
  },
  disk_full: {
    meaning: 'There is no space left on the device.',
    remedy: 'Free space there; the next attempt continues where this one stopped.',
  },
  open_files_exhausted: {
    meaning: 'The system lets the connector, or all programs together, open no more files and connections.',
    remedy:
      'Raise the limit on open files (nofile) of the container or the host to 1024 or more; the next attempt continues where this one stopped.',
  },
  storage_failed: {
    meaning: 'The disk reported an error while the connector read or wrote.',
    remedy: 'Check the archive volume; the next attempt continues where this one stopped.',
  },
  counts_do_not_add_up: {
    meaning: 'The outcomes of a run do not add up to the records received.',
    remedy: 'Nothing was acknowledged past this point. Report this with the run summary.',
  },
  line_too_long: {
    meaning: 'A message on stdin is longer than the destination accepts.',
    remedy: 'Nothing was acknowledged past this point. Leave out the stream whose records are that large.',
  },
  records_missing: {
    meaning: 'A state promised more records than arrived.',
    remedy: 'The state was not acknowledged; the next sync sends the records again.',
  },
  states_ahead: {
    meaning: 'The saved states of the connection go on from records that the ledger does not have.',
    remedy:
      'An older copy of the ledger was put back, or another archive was written meanwhile. If what was written last is still there, put it back or choose it again. If not, clear the data of the connection in Airbyte: what the API still holds is read again, and what is archived already counts as duplicate.',
  },
  event_altered: {
    meaning: 'An event does not have the SHA-256 that the source computed.',
    remedy: 'Something between source and destination changes records. The state was not acknowledged.',
  },
  transfer_broken: {
    meaning: 'The chunks of an uploaded file do not make up the file the source read.',
    remedy: 'The state was not acknowledged; the next sync sends the file again.',
  },
  item_damaged: {
    meaning: 'An item in the archive is missing or differs from what was delivered.',
    remedy:
      'Restore the item from a backup of the archive. Where a run was about to deliver it, no backup has it: move what lies there aside as evidence, and the next run goes on. What is in no backup comes again while the API still holds it, as docs/operate.md tells under disaster recovery.',
  },
  set_aside_share: {
    meaning: 'A run set aside a larger share of its records than the limit allows.',
    remedy:
      'What was set aside is safe, and the rest is archived. See the reasons in the report; raise set_aside_percent if this is as it should be.',
  },
  alert_not_sent: {
    meaning: 'The webhook did not take an alert.',
    remedy: 'Check its address, its certificate and the proxy. The run itself is not affected.',
  },
  // Records set aside
  item_refused: {
    meaning: 'The target refused the item for good.',
    remedy:
      "The records are set aside with the server's words. Correct what it names, and archive them with the command retry-set-aside.",
  },
  item_too_large: {
    meaning: 'The item is larger than the target takes.',
    remedy:
      'Ask the administrator of the target to raise its limit, or set max_item_megabytes below it; then archive the records with the command retry-set-aside. An item that holds uploads is kept as the bytes that were refused: it needs the higher limit, and the setting helps only those to come.',
  },
  item_unrenderable: {
    meaning: 'No item can be made of the records, or it cannot be written in one of the formats.',
    remedy: 'The records are set aside as they came. Please report this, without their content.',
  },
  event_id_conflict: {
    meaning: 'An event id came again with different bytes.',
    remedy: 'Both are kept: the first in the archive, this one set aside.',
  },
  unreadable_line: {
    meaning: 'A log line is not JSON, not UTF-8, or has no event_id.',
    remedy: 'Its exact bytes are set aside; contact OpenAI support with the log file id and line.',
  },
  record_malformed: {
    meaning: 'A record lacks the fields its stream requires.',
    remedy:
      'It is set aside as it came; check that the source and destination versions fit together, and archive it with the command retry-set-aside.',
  },
  policy_review: {
    meaning: 'A rule of the policy sets the record aside for review.',
    remedy:
      'Review it in the set-aside folder; `show --event` names the rule. What a changed policy lets through is archived by the command retry-set-aside.',
  },
  policy_not_routed: {
    meaning: 'No rule routes the record to a target, and the policy calls that a failure.',
    remedy:
      'Add a rule that routes it, or change what happens when no rule routes; then archive it with the command retry-set-aside.',
  },
  attachment_missing: {
    meaning: 'An attachment is missing, and the policy sets such items aside.',
    remedy:
      'Choose another attachment mode and archive it with the command retry-set-aside, or review the record in the set-aside folder.',
  },
  bug: {
    meaning: 'The connector reached a state it should not.',
    remedy: 'Report this with the log.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof table;

export const errorCodes: Readonly<Record<ErrorCode, ErrorEntry>> = table;
