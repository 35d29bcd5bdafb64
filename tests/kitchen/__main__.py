from tools.workbench import main

if __name__ == "__main__":
    main(("tests.kitchen",))
