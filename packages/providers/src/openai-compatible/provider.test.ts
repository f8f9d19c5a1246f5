import { describeProvider } from '../provider-test-bed.ts';
import { openaiCompatible } from './index.ts';

describeProvider(openaiCompatible, {
  recordings: ['gpustack', 'vercel-gateway'],
  unpriced: 'Whoever runs the server sets its prices in the organization.',
});
