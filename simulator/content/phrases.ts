// What people of an invented company talk about: titles, questions, answers, by department.

export interface Topic {
  readonly department: string;
  readonly titles: readonly string[];
  readonly prompts: readonly string[];
  readonly sentences: readonly string[];
  readonly files: readonly string[];
}

export const topics: readonly Topic[] = [
  {
    department: 'Finance',
    titles: ['Q{n} variance review', 'Cash forecast for {month}', 'Accruals at {city}', 'Budget questions, {product}'],
    prompts: [
      'Compare the {month} actuals of {product} with the budget and tell me which three lines explain most of the gap.',
      'Our auditors ask why deferred revenue at {city} moved by {n}%. Draft a short, factual answer I can send today.',
      'Turn these notes into a one-page summary for the board. Keep every figure, and flag what I still have to confirm.',
    ],
    sentences: [
      'Most of the gap, about {n}%, comes from freight that was booked a month later than planned.',
      'The remainder is a timing difference that reverses in {month}, so the full-year view hardly changes.',
      'I would show deferred revenue separately, because the contract for {product} renews on another date.',
      'Two figures in the notes disagree: the summary says {n} thousand, the table says a little more.',
    ],
    files: ['forecast', 'variance', 'trial-balance', 'invoice-list'],
  },
  {
    department: 'Legal',
    titles: ['Clause {n} of the {product} agreement', 'NDA comparison', 'Retention of records in {city}'],
    prompts: [
      'Please compare the attached draft with our standard NDA and list where the other side widened the carve-outs.',
      'Does clause {n} let the supplier in {city} subcontract without asking us first? Quote the words you rely on.',
      'Rewrite the limitation of liability so that a non-lawyer in {month} still understands what we agreed.',
    ],
    sentences: [
      'Clause {n} allows subcontracting only with prior written consent, and consent may not be unreasonably withheld.',
      'The draft replaces “shall” by “may” in two places, which turns a duty into an option.',
      'The carve-out for residual knowledge is new, and it is wider than what we accepted for {product}.',
      'This is a reading of the text, not advice; the governing law named in {city} may add mandatory rules.',
    ],
    files: ['nda-draft', 'master-agreement', 'redlines'],
  },
  {
    department: 'Engineering',
    titles: ['Flaky test in {product}', 'Backpressure design', 'Postgres index advice', 'Incident {n} timeline'],
    prompts: [
      'Our nightly job for {product} fails about {n} times a month with a timeout. What would you look at first?',
      'Review this function. I care about correctness under retries more than about speed.',
      'Write a migration that adds the column without locking the table; it has {n} million rows.',
    ],
    sentences: [
      'The retry wraps the whole transaction, so a timeout after the commit writes the row twice.',
      'Add the column as nullable first, fill it in batches of {n} thousand, and only then add the constraint.',
      'The test depends on the order of two timers; injecting the clock removes the race altogether.',
      'Under load the queue grows faster than it drains, hence the producer must wait, not the consumer hurry.',
    ],
    files: ['trace', 'heap-summary', 'design-notes', 'benchmark'],
  },
  {
    department: 'People',
    titles: ['Onboarding plan, {city}', 'Interview questions', 'Stellenanzeige {city}', 'Survey themes {month}'],
    prompts: [
      'Draft a four-week onboarding plan for a new analyst in {city}. Mention who they meet and what they should be able to do.',
      'Kannst du diese Stellenanzeige freundlicher und geschlechtsneutral formulieren? Bitte höchstens {n} Sätze.',
      'Group the {n} free-text answers of our survey by theme, and give me one quotation for each.',
    ],
    sentences: [
      'Week one is for people and access, week two for shadowing, and only then comes a small task of their own.',
      'Gern – hier ist eine kürzere Fassung, die Aufgaben vor Anforderungen nennt und das „Wir“ betont.',
      'Three themes cover most answers: workload before {month}, unclear ownership, and praise for the team in {city}.',
      'I left names out, since {n} of the answers could otherwise be traced to one person.',
    ],
    files: ['survey', 'onboarding', 'organigramm'],
  },
  {
    department: 'Sales',
    titles: ['Reply to {city} prospect', 'Renewal call prep', 'Pricing of {product}', '東京オフィスへの返信'],
    prompts: [
      'A prospect in {city} says {product} is {n}% dearer than what they have. Help me answer without discounting.',
      'このメールを丁寧な日本語に直してください。納期は{month}の予定です。',
      'Prepare me for a renewal call: likely objections, one question each, and the number I must not forget.',
    ],
    sentences: [
      'Begin with what the change costs them each month of waiting, and only then with the price.',
      'かしこまりました。納期については、確定し次第あらためてご連絡いたします。',
      'Their strongest objection will be the {n} days of migration, so offer a date rather than a discount 🙂.',
      'Ask who else will read the proposal; in {city} the decision was made by someone who never joined a call.',
    ],
    files: ['proposal', 'price-list', 'call-notes'],
  },
  {
    department: 'Research',
    titles: ['Literature on coatings', 'Measurement series {n}', 'Étude de {city}', 'Protocol draft'],
    prompts: [
      'Summarise what is known about adhesion at low temperature, and say plainly where the evidence is thin.',
      'Peux-tu vérifier ces unités ? Il me semble que la série {n} mélange kPa et psi.',
      'Plot-ready table please: mean, spread and count for each of the {n} samples, outliers marked but not dropped.',
    ],
    sentences: [
      'Series {n} agrees with the earlier one within the stated uncertainty of ±0.{n} µm.',
      'En effet, les lignes après {month} sont en psi ; une fois converties, l’écart disparaît.',
      'The effect is real in two of three studies, but the third used another primer and cannot be compared.',
      'Below −20 °C the samples from {city} fail in the adhesive, not at the interface, which points to the curing.',
    ],
    files: ['measurements', 'protocol', 'micrograph', 'references'],
  },
];

export const openings: readonly string[] = [
  'Here is how I read it.',
  'Short answer first, then the reasons.',
  'Good question – it depends on one detail.',
  'Done. A few remarks on what I changed:',
  '👍 Happy to help.',
];

export const closings: readonly string[] = [
  'Shall I turn this into an e-mail?',
  'Tell me if the audience is internal, and I will shorten it.',
  'Please check the two figures marked above before you send it.',
  'If you share the file again, I can verify the totals.',
];

export const followUps: readonly string[] = [
  'Thanks. Make it shorter and keep the numbers.',
  'Why? Please explain the second point as you would to a new colleague.',
  'ok 👌 and for {city}?',
  'That contradicts what you said before about {product}. Which is right?',
  'Please translate the summary into German, formal address.',
  'Can you put this in a table with a column for the owner?',
];

export const months = ['January', 'March', 'April', 'June', 'September', 'October', 'November'] as const;
export const cities = ['Lisbon', 'Zürich', 'Kraków', 'São Paulo', 'Osaka', 'Galway', 'Malmö'] as const;
export const products = ['Halyard', 'Quillwort', 'Blue Lantern', 'Tern 4', 'Merrow'] as const;

export const codeBlocks: readonly string[] = [
  '```ts\nexport function retry<T>(times: number, run: () => Promise<T>): Promise<T> {\n  return run().catch((error) => {\n    if (times <= 1) throw error;\n    return retry(times - 1, run);\n  });\n}\n```',
  "```sql\nUPDATE orders SET region = 'unknown'\n WHERE id IN (SELECT id FROM orders WHERE region IS NULL LIMIT 5000);\n```",
  '```python\nrows = [r for r in table if r["unit"] == "psi"]\nfor r in rows:\n    r["value"] *= 6.894757\n```',
];
