import type { ChatRequest } from '@sluice/contract';

/** Together takes a list of stops, not one by itself (together-ai 0.52.0's types, read 2026-11-21). */
export const adaptForTogether = (chat: ChatRequest): ChatRequest =>
  typeof chat.stop === 'string' ? { ...chat, stop: [chat.stop] } : chat;
