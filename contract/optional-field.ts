// Fields that repeat what the API sent when it has the documented type, and are null when it has not.
import * as z from 'zod';
import {openObject} from './row';

export const text = (description: string): z.ZodNullable<z.ZodString> => z.string().nullable().meta({description});

export const number = (description: string): z.ZodNullable<z.ZodNumber> => z.number().nullable().meta({description});

export const flag = (description: string): z.ZodNullable<z.ZodBoolean> => z.boolean().nullable().meta({description});

export const object = (description: string): z.ZodNullable<typeof openObject> =>
  openObject.nullable().meta({description});

export const texts = (description: string): z.ZodNullable<z.ZodArray<z.ZodString>> =>
  z.array(z.string()).nullable().meta({description});

export const objects = (description: string): z.ZodNullable<z.ZodArray<typeof openObject>> =>
  z.array(openObject).nullable().meta({description});
