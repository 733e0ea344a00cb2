import type { Route } from './api.ts';

/** The route of an HTTP API that serves a request, and the values of its path variables. */
export interface RouteMatch {
  route: Route;
  pathParameters: Record<string, string>;
}

/**
 * Picks the most specific route, as "Create routes for HTTP APIs" says: segment by segment a literal goes before
 * `{variable}`, that before `{greedy+}`; a method goes before ANY; `$default` comes last. `path` is still encoded (and
 * validly so), for an encoded slash divides no segments.
 */
export function matchRoute(routes: Map<string, Route>, method: string, path: string): RouteMatch | undefined {
  const segments = path.split('/').slice(1).map(decodeURIComponent);
  let best: (RouteMatch & { rank: string }) | undefined;
  for (const route of routes.values()) {
    const [routeMethod, routePath] = route.key.split(' ');
    if (routePath === undefined || (routeMethod !== method && routeMethod !== 'ANY')) continue;
    const match = matchPath(routePath.split('/').slice(1), segments);
    if (!match) continue;
    const rank = `${match.rank}${routeMethod === 'ANY' ? 'b' : 'a'}`;
    if (!best || rank < best.rank) best = { route, pathParameters: match.pathParameters, rank };
  }
  if (best) return { route: best.route, pathParameters: best.pathParameters };
  const fallback = routes.get('$default');
  return fallback && { route: fallback, pathParameters: {} };
}

/** `rank` has a character for each segment of the pattern, sorting the more specific first. */
function matchPath(pattern: string[], segments: string[]) {
  const pathParameters: Record<string, string> = {};
  let rank = '';
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i];
    const [, name, greedy] = /^\{([^+}]+)(\+?)\}$/.exec(part) ?? [];
    if (segment === undefined) return undefined;
    if (name === undefined) {
      if (part !== segment) return undefined;
      rank += '1';
    } else if (segment === '') {
      return undefined;
    } else if (greedy) {
      pathParameters[name] = segments.slice(i).join('/');
      return { pathParameters, rank: `${rank}3` };
    } else {
      pathParameters[name] = segment;
      rank += '2';
    }
  }
  return pattern.length === segments.length ? { pathParameters, rank } : undefined;
}
