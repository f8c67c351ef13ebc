// An object of the API without the members that may hold credentials, wherever in it they stand.
import {hideMembers} from '../../core/json-slices';
import type {ApiObject} from '../api/object-listing';
import {asObject} from './json-object';

const secretName = /secret|password|credential|token|api_?key|(^|_)env(_vars?)?$|environment_variables/i;

export function withoutSecrets({text}: ApiObject): {readonly object: ApiObject; readonly removed: readonly string[]} {
  const {hidden, text: rest} = hideMembers(text, (name) => secretName.test(name));
  return {object: {text: rest, value: asObject(JSON.parse(rest)) ?? {}}, removed: hidden};
}
