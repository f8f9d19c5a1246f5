import type { ROUTE_ROLES } from '@sluice/client/route-roles.generated';
import {
  Activity,
  BookMarked,
  Boxes,
  ChartLine,
  CreditCard,
  FolderKanban,
  KeyRound,
  type LucideIcon,
  MessageSquareText,
  Plug,
  Route,
  ScrollText,
  Server,
  Settings,
  ShieldCheck,
  Sparkles,
  Users,
  Webhook,
  Zap,
} from 'lucide-react';

export interface Place {
  to: string;
  label: string;
  icon: LucideIcon;
  /** Shown to those who may call it. */
  needs: keyof typeof ROUTE_ROLES;
  /** Pressed after `g`. */
  letter: string;
}

/** Every page, in the order and the groups of the side bar. */
export const PLACES: readonly { group: string; places: readonly Place[] }[] = [
  {
    group: 'Watch',
    places: [
      { to: '/', label: 'Overview', icon: ChartLine, needs: 'GET /admin/v1/usage', letter: 'o' },
      { to: '/requests', label: 'Requests', icon: Activity, needs: 'GET /admin/v1/traces', letter: 'r' },
      { to: '/spend', label: 'Spend', icon: CreditCard, needs: 'GET /admin/v1/spend', letter: 's' },
      {
        to: '/recommendations',
        label: 'Recommendations',
        icon: Sparkles,
        needs: 'GET /admin/v1/recommendations',
        letter: 'n',
      },
      {
        to: '/playground',
        label: 'Playground',
        icon: MessageSquareText,
        needs: 'GET /admin/v1/keys',
        letter: 'p',
      },
    ],
  },
  {
    group: 'Access',
    places: [
      { to: '/keys', label: 'Keys', icon: KeyRound, needs: 'GET /admin/v1/keys', letter: 'k' },
      {
        to: '/projects',
        label: 'Projects',
        icon: FolderKanban,
        needs: 'GET /admin/v1/projects',
        letter: 'j',
      },
      { to: '/members', label: 'Members', icon: Users, needs: 'GET /admin/v1/members', letter: 'm' },
    ],
  },
  {
    group: 'Traffic',
    places: [
      { to: '/connections', label: 'Providers', icon: Plug, needs: 'GET /admin/v1/connections', letter: 'c' },
      { to: '/models', label: 'Models', icon: Boxes, needs: 'GET /admin/v1/models', letter: 'l' },
      { to: '/pools', label: 'GPU pools', icon: Server, needs: 'GET /admin/v1/pools', letter: 'u' },
      { to: '/routing', label: 'Routing', icon: Route, needs: 'GET /admin/v1/chains', letter: 't' },
      { to: '/cache', label: 'Cache', icon: Zap, needs: 'GET /admin/v1/cache', letter: 'h' },
      { to: '/guards', label: 'Guards', icon: ShieldCheck, needs: 'GET /admin/v1/guards', letter: 'd' },
    ],
  },
  {
    group: 'Administer',
    places: [
      { to: '/webhooks', label: 'Webhooks', icon: Webhook, needs: 'GET /admin/v1/webhooks', letter: 'w' },
      { to: '/audit', label: 'Audit log', icon: ScrollText, needs: 'GET /admin/v1/audit', letter: 'a' },
      {
        to: '/settings',
        label: 'Settings',
        icon: Settings,
        needs: 'GET /admin/v1/organization',
        letter: ',',
      },
    ],
  },
];

/** Beside the pages. */
export const REFERENCE = { to: '/docs/', label: 'API reference', icon: BookMarked };
