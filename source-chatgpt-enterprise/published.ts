// What the source publishes of itself.
import {configSchema} from './config';

export const published = {configSchema, documentationUrl: 'https://chatgpt.com/public/admin/api-reference'};
