/** Wraps `make` so that it runs once per object; the result lives as long as the object. */
export function weakMemoize<Key extends object, Value extends {}>(make: (key: Key) => Value): (key: Key) => Value {
  const values = new WeakMap<Key, Value>()
  return (key) => {
    let value = values.get(key)
    if (value === undefined) {
      value = make(key)
      values.set(key, value)
    }
    return value
  }
}
