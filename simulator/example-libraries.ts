/** One library as the vendor writes it. */
export interface VendorLibrary {
  readonly group_id: string
  readonly group_name: string
  readonly group_data: string
  readonly model_version: string
  readonly add_time: string
}

/** The vendor's published example of an answer, by value. */
export const exampleLibraries: readonly VendorLibrary[] = [
  {
    group_id: 'Finauth_test_001',
    group_name: 'TestUserSet001',
    group_data: '',
    model_version: 's21',
    add_time: '2026-01-27T14:19:01+08:00',
  },
  {
    group_id: 'Finauth_test_002',
    group_name: 'TestUserSet002',
    group_data: '',
    model_version: 's21',
    add_time: '2026-01-27T19:42:47+08:00',
  },
  {
    group_id: 'YuanliStudent_test_01',
    group_name: 'MegviiInternLibrary_01',
    group_data: 'Megvii intern face library for storing face information',
    model_version: 's21',
    add_time: '2026-02-05T11:17:45+08:00',
  },
]
