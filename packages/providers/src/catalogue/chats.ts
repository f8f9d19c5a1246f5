/** Kinds of models that no one talks to, as vendors name them. */
const NOT_CHAT =
  /embed|(?:^|[-_/])e5-|(?:^|[-_/])bge-|rerank|moderation|guard(?:ian)?\b|whisper|(?:^|[-_/])tts|-tts|transcri|dall-?e|(?:^|[-_/])(?:gpt-image|imagen|imagine|flux|stable-diffusion|veo|sora|orpheus|parler|voxtral-mini-transcribe)|-image(?:-|$)|realtime|-ocr|-voice|speech/i;

/** Whether a model can chat, as far as its name tells; what nothing speaks against does. */
export const chats = (model: string): boolean => !NOT_CHAT.test(model);
