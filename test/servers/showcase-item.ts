// One conversation with everything a transcript can show, for the photographs.
import type {AttachedFile, MessagesItem} from '../../destination-arctera-archive/render/item';
import {attached, message, messagesItem, original, response} from '../destination-arctera-archive/render/sample-items';

const answer = `Here is the **comparison** you asked for, with the source [FY26 plan](https://intranet.corp.test/fy26 "Finance").

## Findings

1. Revenue is up by *4.2 %*.
2. Costs are flat:
   - salaries
   - \`cloud\` spend

| Region | Revenue | Change |
|:-------|--------:|-------:|
| North  | 1,204   | +3.1 % |
| South  | 998     | −0.4 % |

\`\`\`python
def margin(revenue: float, cost: float) -> float:
    """Share of revenue that is left. <b>not bold</b>"""
    return (revenue - cost) / revenue
\`\`\`

> Margins are stated before tax.

![A chart](https://tracker.evil.test/pixel.png)

<script>document.title = 'run'</script><img src="https://tracker.evil.test/i.png" onerror="alert(1)">

---

See https://open.corp.test/report for more.`;

function missing(name: string, outcome: 'expired' | 'too_large'): AttachedFile {
  return {fileId: `file-${name}`, eventId: 'ev-1', name, state: {kind: 'missing', outcome}};
}

export function showcaseItem(): MessagesItem {
  const bo = {id: 'user-bo', name: 'Bo Öst', email: 'bo@corp.test'};
  return messagesItem({
    originals: [original('ev-1', '{"event_id":"ev-1"}')],
    conversation: {
      ...messagesItem().conversation,
      title: 'Quarterly margin review <b>draft</b>',
      isTemporary: true,
      gptName: 'Finance Analyst',
      projectName: 'FY26',
      mode: 'work',
    },
    others: [bo],
    tags: ['Financial advice', 'Second review'],
    messages: [
      message({
        messageId: 'p1',
        text: 'Compare the margins of both regions.\n\nKeep it short:\n  - one table\n  - one formula',
        client: 'desktop_web',
        files: [attached('q3 margins.xlsx', Buffer.alloc(48_213)), missing('board.pdf', 'expired')],
      }),
      response({
        messageId: 'r1',
        previousMessageId: 'p1',
        timestamp: '2026-01-15T09:30:21Z',
        model: 'gpt-5-5',
        text: answer,
        tools: ['browser', 'python'],
        skills: ['skill-9'],
        citations: [
          {kind: 'url_citation', sources: ['https://intranet.corp.test/fy26', 'https://open.corp.test/report']},
          {kind: 'file_citation', sources: ['q3 margins.xlsx']},
        ],
      }),
      response({
        messageId: 'r2',
        previousMessageId: 'p1',
        timestamp: '2026-01-15T09:31:02Z',
        model: 'gpt-4.1',
        text: 'Margins are **equal** in both regions.',
      }),
      message({
        messageId: 'p2',
        previousMessageId: 'r1',
        timestamp: '2026-01-15T09:40:00Z',
        author: bo,
        text: `ماذا عن هوامش الربع الرابع؟ ${'x'.repeat(400)}`,
        client: 'ios_app',
      }),
      message({
        messageId: 'p2',
        previousMessageId: 'r1',
        timestamp: '2026-01-15T09:41:00Z',
        author: bo,
        text: 'And the fourth quarter?',
        client: 'ios_app',
      }),
      message({
        messageId: 't1',
        previousMessageId: 'p2',
        role: 'other',
        authorType: 'tool',
        text: undefined,
        contentType: 'tool_result',
        otherContent: '{"rows":[{"region":"North","margin":0.31},{"region":"South","margin":0.29}]}',
        timestamp: undefined,
      }),
    ],
  });
}
