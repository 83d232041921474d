// Package indexstorage stands in for Rekor's search index, which wants Redis or MySQL: ours is in memory.
package indexstorage

import (
	"context"
	"strings"
	"sync"
)

// IndexStorage is what Rekor's API calls.
type IndexStorage interface {
	LookupIndices(ctx context.Context, keys []string) ([]string, error)
	WriteIndex(ctx context.Context, keys []string, index string) error
	Shutdown() error
}

type memory struct {
	lock    sync.RWMutex
	entries map[string][]string
}

// NewIndexStorage returns an empty index, whatever kind is asked for.
func NewIndexStorage(string) (IndexStorage, error) {
	return &memory{entries: map[string][]string{}}, nil
}

func (m *memory) LookupIndices(_ context.Context, keys []string) ([]string, error) {
	m.lock.RLock()
	defer m.lock.RUnlock()
	found := []string{}
	for _, key := range keys {
		found = append(found, m.entries[strings.ToLower(key)]...)
	}
	return found, nil
}

func (m *memory) WriteIndex(_ context.Context, keys []string, index string) error {
	m.lock.Lock()
	defer m.lock.Unlock()
	for _, key := range keys {
		key = strings.ToLower(key)
		m.entries[key] = append(m.entries[key], index)
	}
	return nil
}

func (m *memory) Shutdown() error {
	return nil
}
