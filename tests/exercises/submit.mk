# pack,FOLDER,FILES: the archive to hand in, of FILES below FOLDER, named after
# who hands it in.
STUDENT ?= $(shell id -un)
export STUDENT
pack = case $$STUDENT in */*|-*|'') echo "make submit: STUDENT is a name, without a slash" >&2; exit 1;; esac; \
  tar -C $1 -czf "$$STUDENT.tar.gz" $2 || { rm -f "$$STUDENT.tar.gz"; exit 1; }; echo "Hand in $(CURDIR)/$$STUDENT.tar.gz"
