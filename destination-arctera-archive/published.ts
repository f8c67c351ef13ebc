// What the destination publishes of itself.
import {configSchema} from './config';

export const published = {
  configSchema,
  documentationUrl: 'https://docs.airbyte.com/integrations/destinations/arctera-archive',
};
