// The page that goes with the samples: what only the archive's vendor can answer.

export const questionnaire = `# Questions about archiving ChatGPT Enterprise

For the support of the Arctera Unified Platform. Beside this page are twelve invented items, each as an e-mail message (\`.eml\`), as RSMF 2.0
(\`.rsmf\`) and as a Text-Delimited zip (\`.td.zip\`). Nothing here claims to be accepted by the platform: please answer from your side.

Tenant and region: ______________________   Product and version: ______________________   Answered by, on: ______________________

| # | Question | Our default | Your answer |
| --- | --- | --- | --- |
| 1 | By which route shall items come: a folder that a collector reads, SMTP, or object storage? Which host, port and TLS? | folder | |
| 2 | Which format type shall the collector's card have for EML? For the other two formats? | none assumed | |
| 3 | Is an item filed by From, To, or an envelope recipient? Do addresses of people who left still resolve? | From is the owner, To is ChatGPT and the others | |
| 4 | Which address shall stand for ChatGPT, and is its domain registered? How is it counted (internal mail, Invalid Domain)? | chatgpt@chatgpt.invalid | |
| 5 | Where do items go whose people are unknown? Which address shall we use for them? | unassigned@chatgpt.invalid | |
| 6 | What makes two items duplicates: Message-ID, a hash of the bytes, something else? What happens to the second? | Message-ID derives from the content; bytes never change | |
| 7 | Are In-Reply-To and References used for threads, or the subject alone? (samples 01, 02, 07 and 10 are one thread) | all three are set | |
| 8 | What is the largest item, the largest attachment, the largest number of attachments? Is base64 growth counted? | no limit is assumed | |
| 9 | Which of our \`X-AI-…\` headers can be indexed, under which names and types? Is there a message type to set, in which case of letters? | none is set | |
| 10 | May an item carry retention, hold or tags in a header? (sample 05) | told in \`X-AI-…\` headers and in the text | |
| 11 | Are attachments of type application/octet-stream opened, indexed and previewed by their names? \`application/x-ndjson\`? | octet-stream for uploads | |
| 12 | Is text/html shown in review with its style sheet, in its dark form too? Is text/plain what is searched? | both say the same | |
| 13 | RSMF: which version; are extra headers, the last event of type disclaimer and \`events.jsonl\` in the zip accepted? | 2.0.0 | |
| 14 | Text-Delimited: is a zip with CSV, template and files read? How are line ends and quotes in a field, dates, the file list and threads to be written? | U+2028, doubled quotes, MM/DD/YYYY HH:MM:SS in UTC, \`;\` | |
| 15 | How soon after collection may files be removed, and what proves that an item is archived? | nothing is removed | |

Which samples were imported without complaint? ______________________   Which were not, and with what message? ______________________
`;
