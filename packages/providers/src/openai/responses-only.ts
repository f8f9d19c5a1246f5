/**
 * Models that OpenAI serves through Responses alone: chat completions answer 404 "This is not a chat model" or 400
 * for them. @see https://platform.openai.com/docs/models (read 2026-11-21)
 */
const RESPONSES_ONLY =
  /^(?:o1-pro|o3-pro|o\d(?:-mini)?-deep-research|gpt-5(?:\.\d+)?-pro|gpt-5(?:\.\d+)?-codex|codex-|computer-use-preview)/;

export const isResponsesOnly = (model: string): boolean => RESPONSES_ONLY.test(model);
