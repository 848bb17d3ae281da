package provider_test

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// searchFolder searches every file that Terraform has left in its folder for every secret that the servers have minted, and for the key
// that decrypts: state, backups, plans (and what is packed in them) and the trace log.
func (d *delivery) searchFolder() {
	d.t.Helper()
	kinds := map[string]bool{}
	err := filepath.WalkDir(d.folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		kinds[strings.TrimPrefix(filepath.Ext(path), ".")] = true
		d.search(path, content)
		if !bytes.HasPrefix(content, []byte("PK")) {
			return nil
		}
		kinds["packed"] = true
		return d.searchZip(path, content)
	})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, kind := range []string{"plan", "tfstate", "log", "packed"} {
		if !kinds[kind] {
			d.t.Errorf("no file is of the kind %s: the search proves nothing", kind)
		}
	}
}

func (d *delivery) searchZip(path string, content []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return err
	}
	for _, file := range archive.File {
		packed, err := file.Open()
		if err != nil {
			return err
		}
		text, err := io.ReadAll(packed)
		if err != nil {
			return err
		}
		d.search(path+"!"+file.Name, text)
	}
	return nil
}

func (d *delivery) search(path string, content []byte) {
	d.t.Helper()
	d.count.files.Add(1)
	d.count.bytes.Add(int64(len(content)))
	for _, secret := range d.sandbox.Vault().Minted() {
		d.count.searches.Add(1)
		if i := bytes.Index(content, []byte(tail(secret))); i >= 0 {
			d.t.Errorf("%s holds a secret: …%s", path, content[max(0, i-200):i])
		}
	}
}
