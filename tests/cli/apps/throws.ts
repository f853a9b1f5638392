// Can't be loaded.
throw new RangeError("no settings today");
