import { ButtonLink } from '../ui/button.tsx';
import { Empty } from '../ui/state.tsx';

export const NoPage = () => (
  <Empty title="There is no such page" action={<ButtonLink to="/">To the overview</ButtonLink>}>
    The address may be old, or mistyped.
  </Empty>
);
