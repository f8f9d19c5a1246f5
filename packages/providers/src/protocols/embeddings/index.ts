export { bedrockEmbeddings } from './bedrock.ts';
export { cohereEmbeddings } from './cohere.ts';
export { geminiEmbeddings } from './gemini.ts';
export { type EmbeddingsQuirks, embeddings } from './openai.ts';
export { vertexEmbeddings } from './vertex.ts';
