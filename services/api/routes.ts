import type { HttpMethod, RouteHandler } from '@aws-lambda-powertools/event-handler/types';
import * as z from 'zod';
import { roomId } from '#shared/contract/frames.ts';
import {
  historyQuery,
  memberPatch,
  newBan,
  newDirect,
  newRoom,
  page,
  peopleQuery,
  profilePatch,
  publicRoomsQuery,
  roomPatch,
  searchQuery,
  userId,
} from '#shared/contract/http.ts';
import { listPosition } from '#shared/storage/room-directory.ts';
import { ofAttachments } from './attachment-routes.ts';
import type { Collaborators as OfAttachments } from './attachments.ts';
import {
  addMember,
  ban,
  changeMember,
  join,
  leave,
  liftBan,
  listBans,
  listMembers,
  type Collaborators as OfMembers,
  removeMember,
} from './members.ts';
import { readHistory, readMessage, search } from './messages.ts';
import { findPeople, readMe, rename } from './people.ts';
import type { Collaborators as OfPush } from './push.ts';
import { ofPush } from './push-routes.ts';
import { bodyOf, callerOf, opened, queryOf, roomOf, sealed, seqOf, userOf } from './requests.ts';
import {
  browse,
  changeRoom,
  createRoom,
  listMyRooms,
  type Collaborators as OfRooms,
  openDirect,
  readRoom,
} from './rooms.ts';
import { ofWebhooks } from './webhook-routes.ts';
import type { Collaborators as OfWebhooks } from './webhooks.ts';

/** What each path under `/api` takes, by its method. */
export type Routes = Record<string, Partial<Record<HttpMethod, RouteHandler>>>;

/** Everything that the HTTP API serves, without `/api/`. */
export function routesOf(collaborators: OfMembers & OfRooms & OfWebhooks & OfAttachments & OfPush): Routes {
  return {
    ...ofPeople(collaborators),
    ...ofRooms(collaborators),
    ...ofMessages(collaborators),
    ...ofMembers(collaborators),
    ...ofWebhooks(collaborators),
    ...ofAttachments(collaborators),
    ...ofPush(collaborators),
  };
}

function ofPeople(collaborators: OfRooms): Routes {
  return {
    me: {
      GET: async ({ event }) => Response.json(await readMe(callerOf(event), collaborators)),
      PATCH: async ({ event, req }) => {
        const { name } = await bodyOf(req, profilePatch);
        return Response.json(await rename(callerOf(event), name, collaborators, Date.now()));
      },
    },
    people: {
      GET: async ({ req }) => Response.json(await findPeople(queryOf(req, peopleQuery), collaborators)),
    },
  };
}

function ofRooms(collaborators: OfRooms): Routes {
  return {
    rooms: {
      GET: async ({ event, req }) => {
        const { cursor, limit } = queryOf(req, page);
        const list = { from: opened(cursor, roomId), limit };
        const { rooms, next } = await listMyRooms(callerOf(event), list, collaborators);
        return Response.json({ rooms, next: sealed(next) });
      },
      POST: async ({ event, req }) => {
        const room = await createRoom(await bodyOf(req, newRoom), callerOf(event), collaborators, Date.now());
        return Response.json(room, { status: 201 });
      },
    },
    'rooms/public': {
      GET: async ({ event, req }) => {
        const { cursor, ...query } = queryOf(req, publicRoomsQuery);
        const list = { ...query, from: opened(cursor, listPosition) };
        const { rooms, next } = await browse(list, callerOf(event), collaborators);
        return Response.json({ rooms, next: sealed(next) });
      },
    },
    directs: {
      POST: async ({ event, req }) => {
        const { people } = await bodyOf(req, newDirect);
        const { room, created } = await openDirect(people, callerOf(event), collaborators, Date.now());
        return Response.json(room, { status: created ? 201 : 200 });
      },
    },
    'rooms/:room': {
      GET: async ({ event, params }) =>
        Response.json(await readRoom(roomOf(params), callerOf(event), collaborators)),
      PATCH: async ({ event, req, params }) => {
        const patch = await bodyOf(req, roomPatch);
        const caller = callerOf(event);
        return Response.json(await changeRoom(roomOf(params), patch, caller, collaborators, Date.now()));
      },
    },
  };
}

function ofMessages(collaborators: OfRooms): Routes {
  return {
    'rooms/:room/messages': {
      GET: async ({ event, req, params }) => {
        const query = queryOf(req, historyQuery);
        return Response.json(await readHistory(roomOf(params), callerOf(event), query, collaborators));
      },
    },
    'rooms/:room/messages/:seq': {
      GET: async ({ event, params }) => {
        const seq = seqOf(params);
        return Response.json(await readMessage(roomOf(params), seq, callerOf(event), collaborators));
      },
    },
    'rooms/:room/search': {
      GET: async ({ event, req, params }) => {
        const { text, cursor } = queryOf(req, searchQuery);
        const looked = { text, before: opened(cursor, z.number().int().positive()) };
        const found = await search(roomOf(params), callerOf(event), looked, collaborators);
        return Response.json({ messages: found.messages, next: sealed(found.next) });
      },
    },
  };
}

function ofMembers(collaborators: OfMembers): Routes {
  return {
    'rooms/:room/members': {
      GET: async ({ event, req, params }) => {
        const { cursor, limit } = queryOf(req, page);
        const list = { from: opened(cursor, userId), limit };
        const { members, next } = await listMembers(
          roomOf(params),
          list,
          callerOf(event),
          collaborators,
          Date.now(),
        );
        return Response.json({ members, next: sealed(next) });
      },
    },
    'rooms/:room/members/:user': {
      PUT: async ({ event, params }) => {
        const caller = callerOf(event);
        const user = userOf(params, caller);
        const { member, added } =
          user === caller
            ? await join(roomOf(params), caller, collaborators, Date.now())
            : await addMember(roomOf(params), user, caller, collaborators, Date.now());
        return Response.json(member, { status: added ? 201 : 200 });
      },
      PATCH: async ({ event, req, params }) => {
        const patch = await bodyOf(req, memberPatch);
        const caller = callerOf(event);
        const user = userOf(params, caller);
        return Response.json(
          await changeMember(roomOf(params), user, patch, caller, collaborators, Date.now()),
        );
      },
      DELETE: async ({ event, params }) => {
        const caller = callerOf(event);
        const user = userOf(params, caller);
        if (user === caller) await leave(roomOf(params), caller, collaborators, Date.now());
        else await removeMember(roomOf(params), user, caller, collaborators, Date.now());
        return new Response(null, { status: 204 });
      },
    },
    'rooms/:room/bans': {
      GET: async ({ event, req, params }) => {
        const { cursor, limit } = queryOf(req, page);
        const list = { from: opened(cursor, userId), limit };
        const { bans, next } = await listBans(
          roomOf(params),
          list,
          callerOf(event),
          collaborators,
          Date.now(),
        );
        return Response.json({ bans, next: sealed(next) });
      },
    },
    'rooms/:room/bans/:user': {
      PUT: async ({ event, req, params }) => {
        const until = await bodyOf(req, newBan);
        const caller = callerOf(event);
        await ban(roomOf(params), userOf(params, caller), until, caller, collaborators, Date.now());
        return new Response(null, { status: 204 });
      },
      DELETE: async ({ event, params }) => {
        const caller = callerOf(event);
        await liftBan(roomOf(params), userOf(params, caller), caller, collaborators);
        return new Response(null, { status: 204 });
      },
    },
  };
}
