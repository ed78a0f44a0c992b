import { createFaceGroupsClient, type FaceGroupsClient } from '../../client/src/face-groups-client.js'
import type { RunningService } from '../support/service.js'

export interface Connection {
  readonly client: FaceGroupsClient
  /** The status of every received answer, in order. */
  readonly statuses: number[]
}

/** A client of the running service with its own token; answers are recorded, not changed. */
export async function connect(running: RunningService, claims = { scope: 'face-groups:refresh' }): Promise<Connection> {
  const token = await running.token(claims)
  const statuses: number[] = []
  const client = createFaceGroupsClient({
    baseUrl: running.url,
    token: () => token,
    async fetch(request) {
      const response = await fetch(request)
      statuses.push(response.status)
      return response
    },
  })
  return { client, statuses }
}

export function library(id: string, facts: Record<string, string> = {}) {
  return {
    group_id: id,
    group_name: `Name of ${id}`,
    group_data: '',
    model_version: 's21',
    add_time: '2026-01-27T14:19:01+08:00',
    ...facts,
  }
}
