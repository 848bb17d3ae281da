package fake

import (
	"fmt"
	"maps"
	"slices"
)

// keys refuses unknown keys: a misspelt one must not pass unnoticed.
func (m *manifestCheck) keys(path string, object map[string]any, known ...string) {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains(known, key) {
			m.wrong(path+"."+key, "should not exist")
		}
	}
}

// texts wants exactly these keys, each a string that is not empty.
func (m *manifestCheck) texts(path string, object map[string]any, required ...string) {
	m.keys(path, object, required...)
	for _, key := range required {
		if text, isText := object[key].(string); !isText || text == "" {
			m.wrong(path+"."+key, "must be a string that is not empty")
		}
	}
}

// object reads an optional object of the manifest. null is no object.
func (m *manifestCheck) object(manifest Manifest, key string) (map[string]any, bool) {
	value, present := manifest[key]
	if !present {
		return nil, false
	}
	object, isObject := value.(map[string]any)
	if !isObject {
		m.wrong("manifest."+key, "must be an object")
	}
	return object, isObject
}

// list reads an optional list of objects of the manifest.
func (m *manifestCheck) list(manifest Manifest, key string) []map[string]any {
	value, present := manifest[key]
	if !present {
		return nil
	}
	items, isList := value.([]any)
	if !isList {
		m.wrong("manifest."+key, "must be a list")
		return nil
	}
	objects := make([]map[string]any, 0, len(items))
	for i, item := range items {
		object, isObject := item.(map[string]any)
		if !isObject {
			m.wrong(fmt.Sprintf("manifest.%s[%d]", key, i), "must be an object")
			continue
		}
		objects = append(objects, object)
	}
	return objects
}

// given returns those of the keys that an object has.
func given(object map[string]any, keys ...string) []string {
	return slices.DeleteFunc(keys, func(key string) bool { _, present := object[key]; return !present })
}
