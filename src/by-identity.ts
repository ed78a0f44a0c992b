/** Makes something once for each object, and keeps it for as long as the object lives. */
export function byIdentity<Key extends object, Made extends {}>(make: (key: Key) => Made): (key: Key) => Made {
  const known = new WeakMap<Key, Made>()
  return (key) => {
    let made = known.get(key)
    if (made === undefined) {
      made = make(key)
      known.set(key, made)
    }
    return made
  }
}
