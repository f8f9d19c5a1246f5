import { GatewayError } from '@sluice/contract';

/**
 * The path of an action on a model. Its id (a name, a profile or an ARN) is one segment, whatever it holds.
 * @throws GatewayError unknown_model for a segment of dots alone, which URL parsers resolve away, encoded or not
 */
export function renderModelPath(model: string, action: string): string {
  if (/^(?:\.|%2e){1,2}$/i.test(model)) {
    throw new GatewayError('unknown_model', 'This is not the id of a model.', { param: 'model' });
  }
  // `!'()*` are escaped, too, so that the path is the one that its signature is made of.
  const id = encodeURIComponent(model.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `/model/${id}/${action}`;
}
