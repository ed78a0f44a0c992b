import type { FaceGroup } from '@face-groups/client'
import { element, textOrDash } from './element.js'
import { momentFormat } from './group-table.js'

/** Shows one group with everything that is known of it. */
export function openGroup(group: FaceGroup): void {
  const dialog = element('#group', HTMLDialogElement)
  element('h2', HTMLElement, dialog).textContent = textOrDash(group.name)
  const texts = {
    id: textOrDash(group.id),
    description: textOrDash(group.description),
    modelVersion: textOrDash(group.modelVersion),
    createdAt:
      group.createdAt === null ? 'unknown' : `${momentFormat.format(new Date(group.createdAt))} (${group.createdAt})`,
  }
  for (const [field, text] of Object.entries(texts)) {
    element(`[data-field=${field}]`, HTMLElement, dialog).textContent = text
  }
  dialog.showModal()
}
