import { describeProvider } from '../provider-test-bed.ts';
import { lmStudio } from './index.ts';

describeProvider(lmStudio, {
  recordings: [],
  unrecorded: 'It serves llama.cpp, whose exchanges are recorded under that name.',
  unpriced: 'It runs on machines of its owner, and nobody sends a bill.',
});
