// Composes prompts, answers, titles and paragraphs from the phrases of a topic.
import type {Random} from '../random';
import {cities, closings, codeBlocks, followUps, months, openings, products, type Topic} from './phrases';

export function composeTitle(random: Random, topic: Topic): string {
  return fill(random, random.pick(topic.titles));
}

export function composePrompt(random: Random, topic: Topic, isFirst: boolean): string {
  const text = fill(random, random.pick(isFirst || random.chance(0.4) ? topic.prompts : followUps));
  return random.chance(0.2) ? `${text}\n\n${composeParagraph(random, topic)}` : text;
}

/** Most answers are a few paragraphs; one in fifty is long. */
export function composeAnswer(random: Random, topic: Topic): string {
  const parts = [random.pick(openings)];
  const count = random.chance(0.02) ? random.int(20, 60) : random.int(1, 3);
  for (let index = 0; index < count; index++) parts.push(composeParagraph(random, topic));
  if (random.chance(0.25)) parts.push(composeList(random, topic));
  if (random.chance(topic.department === 'Engineering' ? 0.4 : 0.04)) parts.push(random.pick(codeBlocks));
  if (random.chance(0.1)) parts.push(composeTable(random));
  if (random.chance(0.5)) parts.push(random.pick(closings));
  return parts.join('\n\n');
}

export function composeParagraph(random: Random, topic: Topic): string {
  return Array.from({length: random.int(2, 4)}, () => composeSentence(random, topic)).join(' ');
}

export function composeSentence(random: Random, topic: Topic): string {
  return fill(random, random.pick(topic.sentences));
}

function composeList(random: Random, topic: Topic): string {
  const items = Array.from({length: random.int(2, 5)}, () => `- ${composeSentence(random, topic)}`);
  return `### Next steps\n\n${items.join('\n')}`;
}

function composeTable(random: Random): string {
  const rows = cities
    .slice(0, random.int(2, 5))
    .map((city) => `| ${city} | ${random.int(3, 980)} | **${months[0]}** |`);
  return `| Site | Count | Due |\n|---|---:|---|\n${rows.join('\n')}`;
}

function fill(random: Random, template: string): string {
  return template
    .replace(/\{n\}/g, () => String(random.int(2, 48)))
    .replace(/\{month\}/g, () => random.pick(months))
    .replace(/\{city\}/g, () => random.pick(cities))
    .replace(/\{product\}/g, () => random.pick(products));
}
